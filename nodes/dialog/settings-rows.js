/** What was typed for a setting, as its value; undefined where it cannot be one. */
function typedSetting({ type, range }, text, never) {
  if (text.toLowerCase() === never.toLowerCase()) return null;
  if (type === 'boolean') return text === 'true';
  if (type === 'string') return text;
  const numbers = (type === 'number[]' ? text.split(/[\s,;]+/) : [text.replace(',', '.')]).map(Number);
  if (numbers.some((number) => !Number.isFinite(number))) return undefined;
  if (type === 'number[]') return numbers;
  const isInRange = !range || (numbers[0] >= range[0] && numbers[0] <= range[1]);
  return isInRange ? numbers[0] : undefined;
}

/**
 * The table of the settings of a board, by groups, each with a field for a new value.
 * @param onChange called when a new value was typed
 */
function settingsRows(node, onChange) {
  const heads = ['setting', 'present', 'new', 'there', 'range', 'class'];
  const names = {
    setting: node._('bms-device.settings.column.setting'),
    present: node._('bms-device.settings.column.present'),
    new: node._('bms-device.settings.column.new'),
    there: node._('bms-device.settings.column.there'),
    range: node._('bms-device.settings.column.range'),
    class: node._('bms-device.settings.column.class'),
  };
  const table = settingsTable(
    node._('bms-device.settings.title'),
    heads.map((head) => names[head]),
  );
  /** rows by key: `{ row, element, field, there }` */
  const shown = new Map();
  let never = '';
  let search = '';
  let changedOnly = false;

  function fieldOf(row) {
    const label = `${row.label}, ${names.new}`;
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

  function rangeText({ range, unit }) {
    if (!range) return '';
    return node._('bms-device.address.range', { min: range[0], max: `${range[1]}${unit && `\u00a0${unit}`}` });
  }

  function add(row) {
    const field = fieldOf(row).on('input change', () => changed(row.key));
    const there = $('<td>', { class: 'bms-settings-there' });
    const name = $('<th>', { scope: 'row' }).append($('<div>', { text: row.label }), settingsKey(row.key));
    const kind = $('<td>').append($('<div>', { text: row.className }));
    if (row.isExperimental) kind.append(settingsMark(node._('bms-device.settings.experimentalMark')));
    const cells = [
      $('<td>', { text: withUnit(row.text, row.unit) }),
      $('<td>').append(field),
      there,
      $('<td>', { text: rangeText(row) }),
      kind,
    ];
    shown.set(row.key, { row, element: $('<tr>', { 'data-key': row.key }).append(name, cells), field, there });
  }

  function show(view) {
    const typed = texts();
    never = view.never;
    shown.clear();
    table.find('tbody').remove();
    for (const row of view.rows) add(row);
    for (const group of new Set(view.rows.map((row) => row.group))) {
      const rows = view.rows.filter((row) => row.group === group);
      const head = $('<th>', { colspan: heads.length, scope: 'rowgroup', class: 'bms-settings-group' });
      const body = $('<tbody>').append($('<tr>').append(head.text(rows[0].groupName)));
      table.append(body.append(rows.map(({ key }) => shown.get(key).element)));
    }
    for (const [key, text] of typed) setText(key, text);
    filter();
  }

  /** What is typed, by keys. */
  function texts() {
    return [...shown]
      .filter(([, { row }]) => !row.whyNot)
      .map(([key, { field }]) => [key, String(field.val()).trim()])
      .filter(([, text]) => text !== '');
  }

  function setText(key, text) {
    const entry = shown.get(key);
    if (!entry || entry.row.whyNot) return;
    entry.field.val(text);
    changed(key);
  }

  function changed(key) {
    const { row, element, field } = shown.get(key);
    const text = String(field.val()).trim();
    const isWrong = text !== '' && typedSetting(row, text, never) === undefined;
    field.toggleClass('input-error', isWrong).attr('aria-invalid', String(isWrong));
    element.toggleClass('bms-settings-changed', text !== '');
    onChange();
  }

  function filter() {
    const words = search.toLowerCase().split(/\s+/);
    for (const { row, element } of shown.values()) {
      const text = `${row.label} ${row.key} ${row.className} ${row.groupName}`.toLowerCase();
      const isMarked = element.is('.bms-settings-changed, .bms-settings-differs');
      element.prop('hidden', !words.every((word) => text.includes(word)) || (changedOnly && !isMarked));
    }
    table.find('tbody').each((_index, body) => {
      $(body).prop('hidden', $(body).find('tr').slice(1).not('[hidden]').length === 0);
    });
  }

  return {
    element: table,
    show,
    setText,
    /** The typed values by keys, and the labels of those that cannot be. */
    wanted() {
      const values = {};
      const wrong = [];
      for (const [key, text] of texts()) {
        const { row } = shown.get(key);
        const value = typedSetting(row, text, never);
        if (value === undefined) wrong.push(row.label);
        else values[key] = value;
      }
      return { values, wrong };
    },
    discard() {
      for (const [key] of texts()) setText(key, '');
      filter();
    },
    /** Shows the other side of a comparison; undefined takes it away. */
    compare(other) {
      const differing = new Set(other ? other.differences.map(({ key }) => key) : []);
      for (const [key, { row, element, there }] of shown) {
        const value = other && other.there[key];
        there.text(value ? withUnit(value.text, row.unit) : '');
        const differs = differing.has(key);
        element.toggleClass('bms-settings-differs', differs);
        if (!differs) continue;
        const mark = {
          class: 'fa fa-exclamation-circle',
          role: 'img',
          'aria-label': node._('bms-device.settings.differs'),
        };
        there.prepend($('<i>', mark), ' ');
      }
      filter();
    },
    search(text) {
      search = text;
      filter();
    },
    showChangedOnly(on) {
      changedOnly = on;
      filter();
    },
  };
}

/** The text with which a value is typed. */
function textToType({ value, text }) {
  return typeof value === 'boolean' || typeof value === 'string' ? String(value) : text;
}
