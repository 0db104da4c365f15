/**
 * The buttons that plan what was typed, or the way back from the last write, and the plan with its end.
 * @param board of the dialog, see `openSettings`
 */
function settingsWriting(node, board) {
  const { ask, button, report, say, rows } = board;
  const writeChanged = button('plan', 'fa-pencil', 'writeChanged', planChanged);
  const discard = button('discard', 'fa-eraser', 'discard', () => rows.discard());
  const undo = button('undo', 'fa-undo', 'undo', () => plan({ action: 'restore', settings: snapshot }));
  const view = settingsPlan(node, write, () => leave(writeChanged));
  /** what is being planned */
  let task;
  /** the board before the last write from here */
  let snapshot;

  function planChanged() {
    const { values, wrong } = rows.wanted();
    if (wrong.length > 0) report(say('wrong', { names: wrong.join(', ') }));
    else plan({ action: 'write', settings: values });
  }

  function plan(wanted) {
    const request = ask('plan', wanted);
    if (!request) return;
    task = wanted;
    report(say('plans'));
    request.done((answer) => {
      report(say('planned'));
      board.showTable(false);
      view.show(answer);
      board.update();
    });
  }

  /** Goes back to the table. */
  function leave(button) {
    view.hide();
    board.showTable(true);
    board.update();
    button.trigger('focus');
  }

  /** @param passed names of the checks that are passed over */
  function write(passed) {
    const request = ask('write', Object.assign({ confirm: [task.action].concat(passed) }, task));
    if (!request) return;
    report(say('writes'));
    request.done((answer) => {
      if (answer.failed) {
        report(say('failed'));
        view.showFailure(answer.failed);
        return board.update();
      }
      snapshot = answer.snapshot;
      rows.discard();
      leave(undo);
      const reading = board.read();
      if (reading) reading.done(() => report(say('written', { count: answer.written })));
      return undefined;
    });
  }

  return {
    plan: view,
    leave: () => leave(writeChanged),
    changes: [writeChanged, discard],
    undo,
    update(isIdle) {
      const { values, wrong } = rows.wanted();
      const count = Object.keys(values).length + wrong.length;
      enable(writeChanged, isIdle && count > 0);
      enable(discard, count > 0);
      enable(undo, isIdle && Boolean(snapshot));
      view.busy(!isIdle);
    },
  };
}
