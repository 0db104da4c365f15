/**
 * Proposes settings for a chemistry, a number of cells and a capacity.
 * @param ask asks the server for a proposal @param take takes the rows that the user has chosen
 */
function settingsQuick(node, ask, take) {
  const field = (id, text, input) =>
    $('<span>').append($('<label>', { for: id, text }), ' ', input.attr('id', id).css('width', '90px'));
  const chemistry = $('<select>').append(
    ['lfp', 'nmc', 'lto', 'sodium'].map((value) =>
      $('<option>', { value, text: node._(`bms-device.settings.chemistry.${value}`) }),
    ),
  );
  const cells = $('<input>', { type: 'text' });
  const capacity = $('<input>', { type: 'text' });
  const highVoltage = settingsTick(node._('bms-device.settings.highVoltage'), () => undefined);
  const proposal = $('<div>', { role: 'status' });
  const propose = settingsButton('fa-magic', node._('bms-device.settings.propose'), () => {
    const number = (input) => Number(String(input.val()).replace(',', '.'));
    const isHighVoltage = highVoltage.find('input').prop('checked');
    ask({ chemistry: chemistry.val(), cells: number(cells), capacity: number(capacity), isHighVoltage });
  });
  const bar = $('<div>', { class: 'bms-settings-bar' }).append(
    field('bms-settings-chemistry', node._('bms-device.settings.quick.chemistry'), chemistry),
    field('bms-settings-cells', node._('bms-device.settings.quick.cells'), cells),
    field('bms-settings-capacity', node._('bms-device.settings.quick.capacity'), capacity),
    highVoltage,
    propose.attr('id', 'bms-settings-propose'),
  );
  const element = $('<details>', { id: 'bms-settings-quick' }).append(
    $('<summary>', { text: node._('bms-device.settings.quick.title') }),
    bar,
    proposal,
  );

  /** One class of what is proposed, with a tick that takes it over. */
  function classOf(rows) {
    const open = rows.filter(({ whyNot }) => !whyNot);
    const values = rows.map(({ label, from, text, unit, whyNot }) => {
      const change = `${label}: ${withUnit(from, unit)} → ${withUnit(text, unit)}`;
      return whyNot ? `${change} (${whyNot})` : change;
    });
    const tick = settingsTick(`${rows[0].className} (${open.length})`, () => undefined);
    tick.find('input').prop({ checked: open.length > 0, disabled: open.length === 0 });
    return { element: $('<div>').append(tick, settingsList(values)), open, tick };
  }

  return {
    element,
    button: propose,
    /** Takes what is known of the board as the first proposal. */
    prefill(values) {
      if (values.chemistry && chemistry.find(`option[value="${values.chemistry}"]`).length > 0)
        chemistry.val(values.chemistry);
      if (values.cellCount) cells.val(values.cellCount);
      if (values.designCapacity) capacity.val(values.designCapacity);
    },
    show({ rows, note }) {
      const classes = [...new Set(rows.map((row) => row.class))].map((name) =>
        classOf(rows.filter((row) => row.class === name)),
      );
      const takeOver = settingsButton('fa-check', node._('bms-device.settings.takeOverChosen'), () => {
        const chosen = classes.filter(({ tick }) => tick.find('input').prop('checked'));
        take(chosen.flatMap(({ open }) => open));
        element.prop('open', false);
      });
      const parts =
        rows.length > 0 ? [...classes.map((each) => each.element), takeOver.attr('id', 'bms-settings-take')] : [];
      const nothing = rows.length > 0 ? '' : ` ${node._('bms-device.settings.quick.same')}`;
      proposal.empty().append($('<p>', { text: note + nothing }), parts);
    },
  };
}
