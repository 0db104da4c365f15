/**
 * The table of the settings of a board, by groups, each with a field for a new value.
 * @param onChange called when a new value was typed
 */
function settingsRows(node, onChange) {
  const heads = ['setting', 'present', 'new', 'there', 'range', 'class'].map((head) =>
    node._(`bms-device.settings.column.${head}`),
  );
  const table = settingsTable(node._('bms-device.settings.title'), heads);
  /** rows by key, see `settingRow` */
  const shown = new Map();
  let never = '';
  let search = '';
  let changedOnly = false;

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

  function addGroup(rows) {
    const head = $('<th>', { colspan: heads.length, scope: 'rowgroup', class: 'bms-settings-group' });
    const body = $('<tbody>').append($('<tr>').append(head.text(rows[0].groupName)));
    for (const row of rows) {
      const entry = settingRow(node, row);
      entry.field.on('input change', () => changed(row.key));
      shown.set(row.key, entry);
      body.append(entry.element);
    }
    table.append(body);
  }

  return {
    element: table,
    /** Shows what was read; what is typed stays. */
    show(view) {
      const typed = texts();
      never = view.never;
      shown.clear();
      table.find('tbody').remove();
      for (const group of new Set(view.rows.map((row) => row.group)))
        addGroup(view.rows.filter((row) => row.group === group));
      for (const [key, text] of typed) setText(key, text);
      filter();
    },
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
      for (const [key, entry] of shown) compareRow(node, entry, other && other.there[key], differing.has(key));
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
