/** Shows the settings of a device, as it is deployed, over its dialog. */
function openSettings(node) {
  const say = (key, values) => node._(`bms-device.settings.${key}`, values);
  const button = (id, icon, key, act) => settingsButton(icon, say(key), act).attr('id', `bms-settings-${id}`);
  const form = $('<form>', { class: 'dialog-form bms-settings' })
    .attr('autocomplete', 'off')
    .on('submit', () => false);
  const tip = $('<div>', { class: 'form-tips', id: 'bms-settings-tip' });
  const bar = $('<progress>', { id: 'bms-settings-progress', 'aria-label': say('progress.label') });
  const step = $('<span>');
  const progress = $('<div>', { class: 'bms-settings-bar' }).append(bar, step).prop('hidden', true);
  const server = settingsServer(showProgress);
  const rows = settingsRows(node, update);
  const plan = settingsPlan(node, write, showTable);
  const quick = settingsQuick(node, proposeQuickly, takeOver);
  const levels = $('<details>', { id: 'bms-settings-levels' });
  /** what the server said last: the board, and the other side of a comparison */
  let view;
  let other;
  /** the board before the last write from here */
  let snapshot;
  /** what is being planned */
  let task;

  const readButton = button('read', 'fa-refresh', 'read', read);
  const save = button('save', 'fa-download', 'save', saveDocument);
  const saveVendor = button('save-vendor', 'fa-download', 'saveVendor', saveVendorFile).prop('hidden', true);
  const compareFile = button('compare-file', 'fa-file-o', 'compareFile', chooseOther);
  const pack = $('<select>', { id: 'bms-settings-pack', 'aria-label': say('comparePack') }).on('change', comparePack);
  const writeChanged = button('plan', 'fa-pencil', 'writeChanged', planChanged);
  const discard = button('discard', 'fa-eraser', 'discard', () => rows.discard());
  const takeAll = button('take-differences', 'fa-check', 'takeOver', takeDifferences);
  const undo = button('undo', 'fa-undo', 'undo', planUndo);
  const search = $('<input>', { type: 'search', id: 'bms-settings-search', placeholder: say('search') });
  search.attr('aria-label', say('search')).on('input', () => rows.search(String(search.val())));
  const only = settingsTick(say('changedOnly'), (on) => rows.showChangedOnly(on));
  const scroll = $('<div>', { class: 'bms-settings-scroll', tabindex: 0, role: 'region', 'aria-label': say('title') });
  const barOf = (...parts) => $('<div>', { class: 'bms-settings-bar' }).append(parts);
  const table = [
    barOf(readButton, save, saveVendor, compareFile, pack),
    quick.element,
    levels,
    barOf(search, only),
    scroll.append(rows.element),
    barOf(writeChanged, discard, takeAll, undo),
  ];

  function report(text) {
    tip.text(text);
  }

  /** Asks, and says why it failed. */
  function ask(what, body, watched) {
    const request = server.ask(what, Object.assign({ device: node.id }, body), watched);
    if (!request) return undefined;
    update();
    return request.fail((answer, reason) => {
      if (reason === 'abort') return;
      const isLost = what === 'write' && !answer.responseJSON;
      report(isLost ? say('lost') : say('notDone', { reason: reasonOf(answer) }));
    });
  }

  function showProgress(now) {
    progress.prop('hidden', !now);
    if (!now) return update();
    if (now.phase) bar.attr({ max: now.of, value: now.done });
    else bar.removeAttr('value');
    step.text(now.phase ? node._(`bms-device.settings.progress.${now.phase}`, now) : '');
    return undefined;
  }

  /** Lets the buttons do what they can now. */
  function update() {
    const isIdle = !server.isBusy();
    const changes = view ? rows.wanted() : { values: {}, wrong: [] };
    const count = Object.keys(changes.values).length + changes.wrong.length;
    for (const each of [save, saveVendor, compareFile, quick.button]) enable(each, isIdle && Boolean(view));
    enable(readButton, isIdle);
    pack.prop('disabled', !isIdle || !view);
    enable(writeChanged, isIdle && count > 0);
    enable(discard, count > 0);
    enable(takeAll, isIdle && Boolean(other) && other.differences.some(isTakenOver));
    enable(undo, isIdle && Boolean(snapshot));
    plan.busy(!isIdle);
  }

  function read() {
    const request = ask('read', {});
    if (!request) return undefined;
    report(say('reads'));
    return request.done((answer) => {
      showBoard(answer);
      report(boardText());
    });
  }

  function showBoard(answer) {
    view = answer;
    const first = rows.element.find('tbody').length === 0;
    rows.show(view);
    if (other) rows.compare(other);
    const { vendorFile } = view;
    saveVendor.prop('hidden', !vendorFile);
    if (vendorFile) saveVendor.find('span').text(say('saveVendor', vendorFile));
    levels.prop('hidden', !view.levels);
    if (view.levels) levels.empty().append(settingsLevels(node, view.levels));
    if (first) quick.prefill(view.document.settings);
    update();
  }

  /** Which board was read, and what may be written to it. */
  function boardText() {
    const { document: board, rows: all, level } = view;
    const names = [board.device, board.model, board.softwareVersion].filter((name) => name).join(', ');
    const sentences = [say('isRead', { names, count: all.length }), say(`allowed.${level}`)];
    if (all.some((row) => row.isExperimental)) sentences.push(say('someExperimental'));
    return sentences.join(' ');
  }

  function saveDocument() {
    const { document: board } = view;
    saveFile(settingsFileName(board, '.json'), `${JSON.stringify(board, null, 2)}\n`, 'application/json');
  }

  function saveVendorFile() {
    const { document: board, vendorFile } = view;
    const request = ask('vendorFile', { others: (other && other.others) || [] });
    if (request)
      request.done(({ text }) => saveFile(settingsFileName(board, vendorFile.extension), text, 'text/plain'));
  }

  function chooseOther() {
    const { vendorFile } = view;
    chooseFile(vendorFile ? `.json,${vendorFile.extension}` : '.json', (name, text) => {
      if (vendorFile && name.toLowerCase().endsWith(vendorFile.extension)) return compare({ vendorFile: text }, name);
      try {
        return compare({ settings: JSON.parse(text) }, name);
      } catch (error) {
        return report(say('notDone', { reason: error.message }));
      }
    });
  }

  function comparePack() {
    const id = pack.val();
    if (id) compare({ other: id }, pack.find('option:selected').text(), id);
    else showOther(undefined);
  }

  function compare(body, name, watched) {
    const request = ask('compare', body, watched);
    if (!request) return;
    report(say('compares', { name }));
    request.done((answer) => {
      if (!body.other) pack.val('');
      showOther(answer);
      const { differences, onlyThere, stop } = answer;
      const sentences = [
        differences.length > 0 ? say('different', { name, count: differences.length }) : say('same', { name }),
      ];
      if (onlyThere.length > 0) sentences.push(say('onlyThere', { names: onlyThere.join(', ') }));
      if (stop) sentences.push(stop);
      report(sentences.join(' '));
    });
  }

  function showOther(answer) {
    other = answer;
    rows.compare(other);
    update();
  }

  /** What is built otherwise is not taken over: it is typed, or not at all. */
  function isTakenOver(difference) {
    return difference.writable && difference.class !== 'T';
  }

  function takeDifferences() {
    takeOver(other.differences.filter(isTakenOver).map(({ key, wanted }) => Object.assign({ key }, wanted)));
  }

  function takeOver(values) {
    for (const value of values) rows.setText(value.key, textToType(value));
    report(say('takenOver', { count: values.length }));
  }

  function proposeQuickly(setup) {
    const request = ask('quickSetup', setup);
    if (request) request.done((answer) => quick.show(answer));
  }

  function planChanged() {
    const { values, wrong } = rows.wanted();
    if (wrong.length > 0) report(say('wrong', { names: wrong.join(', ') }));
    else askPlan({ action: 'write', settings: values });
  }

  function planUndo() {
    askPlan({ action: 'restore', settings: snapshot });
  }

  function askPlan(wanted) {
    const request = ask('plan', wanted);
    if (!request) return;
    task = wanted;
    report(say('plans'));
    request.done((answer) => {
      report(say('planned'));
      for (const part of table) part.prop('hidden', true);
      plan.show(answer);
      update();
    });
  }

  function showTable() {
    plan.hide();
    for (const part of table) part.prop('hidden', false);
    levels.prop('hidden', !view || !view.levels);
    if (view) report(boardText());
    writeChanged.trigger('focus');
    update();
  }

  function write(passed) {
    const request = ask('write', Object.assign({ confirm: [task.action].concat(passed) }, task));
    if (!request) return;
    report(say('writes'));
    request.done((answer) => {
      if (answer.failed) {
        report(say('failed'));
        plan.showFailure(answer.failed);
        return update();
      }
      snapshot = answer.snapshot;
      rows.discard();
      showTable();
      const reading = read();
      if (reading) reading.done(() => report(say('written', { count: answer.written })));
      return undefined;
    });
  }

  function fillPacks() {
    pack.append($('<option>', { value: '', text: say('comparePack') }));
    RED.nodes.eachConfig((config) => {
      if (config.type !== 'bms-device' || config.id === node.id) return;
      pack.append($('<option>', { value: config.id, text: RED.utils.getNodeLabel(config) }));
    });
  }

  /** Escape leaves the plan, then the settings; not while a plan is written, whose outcome would be missed. */
  function escape(event) {
    if (event.key !== 'Escape' || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (plan.isOpen() && !server.isBusy()) showTable();
    else if (!plan.isOpen()) RED.tray.close();
  }

  styleSettings();
  fillPacks();
  levels.prop('hidden', true);
  report(say('start'));
  form.append($('<div>', { role: 'status' }).append(tip), progress, table, plan.element);
  RED.tray.show({
    title: say('title'),
    width: 920,
    focusElement: readButton,
    buttons: [{ id: 'node-dialog-cancel', text: RED._('editor:common.label.close'), click: () => RED.tray.close() }],
    open(tray, done) {
      const body = tray.find('.red-ui-tray-body').append(form);
      tray.on('keydown', escape);
      update();
      done();
      // As wide as there is room for, not as the table would like: its texts wrap.
      body.css('minWidth', 0);
    },
    close: () => server.stop(),
  });
}
