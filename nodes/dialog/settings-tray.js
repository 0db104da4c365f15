/** Shows the settings of a device, as it is deployed, over its dialog. */
function openSettings(node) {
  styleSettings();
  const board = settingsBoard(node);
  const { form, readButton, escape, stop } = settingsForm(node, board);
  RED.tray.show({
    title: board.say('title'),
    width: 920,
    focusElement: readButton,
    buttons: [{ id: 'node-dialog-cancel', text: RED._('editor:common.label.close'), click: () => RED.tray.close() }],
    open(tray, done) {
      const body = tray.find('.red-ui-tray-body').append(form);
      tray.on('keydown', escape);
      board.update();
      done();
      // As wide as there is room for, not as the table would like: its texts wrap.
      body.css('minWidth', 0);
    },
    close: stop,
  });
}

/** What the parts of the dialog share: the board that was read, its table, the server, and the line that says what goes on. */
function settingsBoard(node) {
  const say = (key, values) => node._(`bms-device.settings.${key}`, values);
  const tip = $('<div>', { class: 'form-tips', id: 'bms-settings-tip', text: say('start') });
  const bar = $('<progress>', { id: 'bms-settings-progress', 'aria-label': say('progress.label') });
  const step = $('<span>');
  const progress = $('<div>', { class: 'bms-settings-bar' }).append(bar, step).prop('hidden', true);
  const server = settingsServer(showProgress);

  function showProgress(now) {
    progress.prop('hidden', !now);
    if (!now) return board.update();
    if (now.phase) bar.attr({ max: now.of, value: now.done });
    else bar.removeAttr('value');
    step.text(now.phase ? say(`progress.${now.phase}`, now) : '');
    return undefined;
  }

  /** Asks the server, and says why it failed. @returns the request; undefined while another one runs */
  function ask(what, body, watched) {
    const request = server.ask(what, Object.assign({ device: node.id }, body), watched);
    if (!request) return undefined;
    board.update();
    return request.fail((answer, reason) => {
      if (reason === 'abort') return;
      const isLost = what === 'write' && !answer.responseJSON;
      board.report(isLost ? say('lost') : say('notDone', { reason: reasonOf(answer) }));
    });
  }

  const board = {
    say,
    ask,
    server,
    tip,
    progress,
    button: (id, icon, key, act) => settingsButton(icon, say(key), act).attr('id', `bms-settings-${id}`),
    /** what the server has said of the board last */
    view: undefined,
    rows: settingsRows(node, () => board.update()),
    report: (text) => void tip.text(text),
    /** Lets the buttons do what they can now; set by `settingsForm`. */
    update: () => undefined,
  };
  return board;
}

/** The dialog: its parts, and what they do together. */
function settingsForm(node, board) {
  const { say, ask, report, rows, server } = board;
  const form = $('<form>', { class: 'dialog-form bms-settings' })
    .attr('autocomplete', 'off')
    .on('submit', () => false);
  const readButton = board.button('read', 'fa-refresh', 'read', read);
  const comparison = settingsComparison(node, board);
  const writing = settingsWriting(node, board);
  const quick = settingsQuick(node, proposeQuickly, takeOver);
  const levels = $('<details>', { id: 'bms-settings-levels' }).prop('hidden', true);
  const search = $('<input>', { type: 'search', id: 'bms-settings-search', placeholder: say('search') });
  search.attr('aria-label', say('search')).on('input', () => rows.search(String(search.val())));
  const scroll = $('<div>', { class: 'bms-settings-scroll', tabindex: 0, role: 'region', 'aria-label': say('title') });
  const bar = (...parts) => $('<div>', { class: 'bms-settings-bar' }).append(parts);
  const table = [
    bar(readButton, ...comparison.sources),
    quick.element,
    levels,
    bar(
      search,
      settingsTick(say('changedOnly'), (on) => rows.showChangedOnly(on)),
    ),
    scroll.append(rows.element),
    bar(...writing.changes, comparison.takeAll, writing.undo),
  ];
  form.append($('<div>', { role: 'status' }).append(board.tip), board.progress, table, writing.plan.element);

  function read() {
    const request = ask('read', {});
    if (!request) return undefined;
    report(say('reads'));
    return request.done((answer) => {
      if (!board.view) quick.prefill(answer.document.settings);
      board.view = answer;
      rows.show(answer);
      comparison.refresh();
      if (answer.levels) levels.empty().append(settingsLevels(node, answer.levels)).prop('hidden', false);
      board.update();
      report(boardText());
    });
  }

  /** Which board was read, and what may be written to it. */
  function boardText() {
    const { document: header, rows: all, level } = board.view;
    const names = [header.device, header.model, header.softwareVersion].filter((name) => name).join(', ');
    const sentences = [say('isRead', { names, count: all.length }), say(`allowed.${level}`)];
    if (all.some((row) => row.isExperimental)) sentences.push(say('someExperimental'));
    return sentences.join(' ');
  }

  function proposeQuickly(setup) {
    const request = ask('quickSetup', setup);
    if (request) request.done((answer) => quick.show(answer));
  }

  function takeOver(values) {
    for (const value of values) rows.setText(value.key, textToType(value));
    report(say('takenOver', { count: values.length }));
  }

  /** Escape leaves the plan, then the settings; not while a plan is written, whose outcome would be missed. */
  function escape(event) {
    if (event.key !== 'Escape' || event.ctrlKey) return;
    // There it clears the field.
    if (event.target === search[0] && search.val() !== '') return;
    event.preventDefault();
    event.stopPropagation();
    if (!writing.plan.isOpen()) RED.tray.close();
    else if (!server.isBusy()) writing.leave();
  }

  Object.assign(board, {
    read,
    takeOver,
    showTable(on) {
      for (const part of table) part.prop('hidden', !on);
      if (!on) return;
      levels.prop('hidden', !board.view || !board.view.levels);
      if (board.view) report(boardText());
    },
    update() {
      const isIdle = !server.isBusy();
      enable(readButton, isIdle);
      enable(quick.button, isIdle && Boolean(board.view));
      comparison.update(isIdle && Boolean(board.view));
      writing.update(isIdle);
    },
  });
  return { form, readButton, escape, stop: () => server.stop() };
}
