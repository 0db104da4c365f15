/** The cells of a setting in the table: `{ row, element, field, there }`. */
function settingRow(node, row) {
  const field = settingField(node, row);
  const there = $('<td>', { class: 'bms-settings-there' });
  const name = $('<th>', { scope: 'row' }).append($('<div>', { text: row.label }), settingsKey(row.key));
  const kind = $('<td>').append($('<div>', { text: row.className }));
  if (row.isExperimental) kind.append(settingsMark(node._('bms-device.settings.experimentalMark')));
  const cells = [
    $('<td>', { text: withUnit(row.text, row.unit) }),
    $('<td>').append(field),
    there,
    $('<td>', { text: settingRange(node, row) }),
    kind,
  ];
  const element = $('<tr>', { 'data-key': row.key }).append(name, cells);
  return { row, element, field, there };
}

/** Where a new value is typed or chosen; a lock where it cannot be written, with the reason. */
function settingField(node, row) {
  const label = `${row.label}, ${node._('bms-device.settings.column.new')}`;
  if (row.whyNot) {
    const lock = $('<i>', { class: 'fa fa-lock', 'aria-hidden': 'true' });
    return $('<span>', { title: row.whyNot, role: 'img', 'aria-label': row.whyNot }).append(lock);
  }
  const words =
    row.type === 'boolean'
      ? [true, false].map((value) => ({ value, text: node._(`bms-device.settings.switch.${value}`) }))
      : row.choices;
  if (words) {
    const select = $('<select>', { 'aria-label': label }).append($('<option>', { value: '', text: '–' }));
    return select.append(words.map(({ value, text }) => $('<option>', { value: String(value), text })));
  }
  return $('<input>', { type: 'text', 'aria-label': withUnit(label, row.unit) }).attr('autocomplete', 'off');
}

function settingRange(node, { range, unit }) {
  if (!range) return '';
  return node._('bms-device.address.range', { min: range[0], max: `${range[1]}${unit && `\u00a0${unit}`}` });
}

/** Shows in a row what the other side of a comparison has. @param value undefined where it does not have it */
function compareRow(node, { row, element, there }, value, differs) {
  there.text(value ? withUnit(value.text, row.unit) : '');
  element.toggleClass('bms-settings-differs', differs);
  if (!differs) return;
  const mark = { class: 'fa fa-exclamation-circle', role: 'img', 'aria-label': node._('bms-device.settings.differs') };
  there.prepend($('<i>', mark), ' ');
}
