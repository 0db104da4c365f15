/**
 * What would be written, step by step, with what is dangerous in it, and what came of it.
 * @param write called with the names of the checks that are passed over
 * @param back called when the user goes back to the table
 */
function settingsPlan(node, write, back) {
  const element = $('<div>', { class: 'bms-settings-scroll', style: 'padding: 8px' }).prop('hidden', true);
  const heading = $('<h4>', { tabindex: -1 });
  const content = $('<div>');
  const writeButton = settingsButton('fa-pencil', node._('bms-device.settings.write'), () => write(passed()));
  writeButton.attr('id', 'bms-settings-write').addClass('primary');
  const backButton = settingsButton('fa-arrow-left', node._('bms-device.settings.back'), back);
  backButton.attr('id', 'bms-settings-back');
  const bar = $('<div>', { class: 'bms-settings-bar', style: 'margin-top: 8px' }).append(writeButton, backButton);
  element.append(heading, content, bar);
  /** the ticks that pass over checks, by check */
  let ticks = new Map();

  function passed() {
    return [...ticks.keys()];
  }

  function steps(plan) {
    const table = settingsTable(heading.text(), [
      '#',
      node._('bms-device.settings.column.setting'),
      node._('bms-device.settings.column.present'),
      node._('bms-device.settings.column.new'),
      node._('bms-device.settings.column.class'),
    ]);
    return table.append($('<tbody>').append(plan.map((step, i) => stepRow(step, i + 1))));
  }

  function stepRow(step, number) {
    const name = $('<th>', { scope: 'row' }).append($('<div>', { text: step.label }), settingsKey(step.key));
    const kind = $('<td>').append($('<div>', { text: step.className }));
    if (step.isLooser) kind.append(settingsMark(node._('bms-device.settings.looser')), ' ');
    if (step.isExperimental) kind.append(settingsMark(node._('bms-device.settings.experimentalMark')));
    const to = withUnit(step.to, step.unit) + (step.rounded ? ` (${node._('bms-device.settings.rounded')})` : '');
    const texts = [$('<td>', { text: number }), name, $('<td>', { text: withUnit(step.from, step.unit) })];
    return $('<tr>').append(texts, $('<td>', { text: to }), kind);
  }

  /** What the user is to know before he writes. */
  function dangers({ plan, stop, objections }) {
    const sentences = [];
    if (stop && !objections.some(({ check }) => check === 'structure')) sentences.push(stop);
    const has = (settingClass) => plan.some((step) => step.class === settingClass);
    if (has('T')) sentences.push(node._('bms-device.settings.danger.structure'));
    if (has('P')) sentences.push(node._('bms-device.settings.danger.protection'));
    if (plan.some((step) => step.isLooser)) sentences.push(node._('bms-device.settings.danger.looser'));
    if (plan.some((step) => step.isExperimental)) sentences.push(node._('bms-device.settings.danger.experimental'));
    return sentences;
  }

  function objection({ check, reason }, onChange) {
    const name = node._(`bms-device.settings.check.${check}`);
    const text = node._('bms-device.settings.passOver', { check: name });
    const tick = settingsTick(text, (on) => {
      if (on) ticks.set(check, true);
      else ticks.delete(check);
      onChange();
    });
    tick.find('input').attr('data-check', check);
    return $('<div>', { class: 'form-tips' }).append($('<div>', { text: reason }), tick);
  }

  function section(title, ...parts) {
    return $('<div>', { style: 'margin-top: 8px' }).append($('<h4>', { text: title }), parts.flat());
  }

  function open(title) {
    heading.text(title);
    content.empty();
    element.prop('hidden', false);
    heading.trigger('focus');
  }

  return {
    element,
    show(view) {
      ticks = new Map();
      const { plan, refused, objections, notes } = view;
      open(node._('bms-device.settings.plan', { count: plan.length }));
      const update = () =>
        enable(writeButton, plan.length > 0 && refused.length === 0 && ticks.size === objections.length);
      const warnings = dangers(view);
      if (warnings.length > 0) content.append($('<div>', { class: 'form-tips' }).append(settingsList(warnings)));
      if (refused.length > 0) {
        const reasons = refused.map(({ label, reason }) => `${label}: ${reason}`);
        content.append(section(node._('bms-device.settings.refused'), settingsList(reasons)));
      }
      if (objections.length > 0) {
        const boxes = objections.map((each) => objection(each, update));
        content.append(section(node._('bms-device.settings.objections'), boxes));
      }
      if (notes.length > 0) content.append(section(node._('bms-device.settings.notes'), settingsList(notes)));
      if (plan.length > 0) content.append(section(node._('bms-device.settings.steps'), steps(plan)));
      writeButton.prop('hidden', false);
      update();
    },
    /** What came of it when not all was written. */
    showFailure({ error, report }) {
      open(node._('bms-device.settings.failed'));
      content.append($('<div>', { class: 'form-tips', role: 'alert', text: error }));
      const names = ['setting', 'wanted', 'before', 'present', 'restored'].map((head) =>
        node._(`bms-device.settings.column.${head}`),
      );
      const rows = report.map(({ label, wanted, before, present, restored }) => {
        const word = restored ? node._('bms-device.settings.yes') : node._('bms-device.settings.no');
        const cells = [wanted, before, present, word].map((text) => $('<td>', { text }));
        return $('<tr>').append($('<th>', { scope: 'row', text: label }), cells);
      });
      if (rows.length > 0) content.append(settingsTable(heading.text(), names).append($('<tbody>').append(rows)));
      writeButton.prop('hidden', true);
    },
    busy(on) {
      enable(backButton, !on);
      if (on) enable(writeButton, false);
    },
    hide() {
      element.prop('hidden', true);
    },
    isOpen: () => !element.prop('hidden'),
  };
}
