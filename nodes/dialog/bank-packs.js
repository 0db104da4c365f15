/** Rows of the list of packs so far: each has a field of its own name, which the editor fills with the devices. */
let rowCount = 0;

const packList = () => $('#bms-bank-packs');

function packRows() {
  return packList().editableList('items').toArray().map($);
}

/** A pack as its row describes it; what is blank is left out. */
function packIn(row) {
  const value = (property) => String(row.find(`.bms-bank-${property}`).val() ?? '').trim();
  const device = row.find('select').val();
  const pack = { device: isBlank(device) || device === NO_CONFIG ? '' : device, group: value('group') };
  const capacity = value('capacity');
  if (capacity !== '') pack.capacity = Number.isNaN(Number(capacity)) ? capacity : Number(capacity);
  return pack;
}

/** The first device that is in no row yet: the one that is probably meant when a row is added. */
function nextDevice(select) {
  const taken = new Set(packRows().map((row) => packIn(row).device));
  const options = select
    .find('option')
    .toArray()
    .map(({ value }) => value);
  return options.find((id) => id !== NO_CONFIG && !isEnv(id) && !taken.has(id));
}

/**
 * One pack of the list: its device, chosen or made as in any dialog, its group, and its capacity.
 * @param onChange called when anything in it changes
 */
function addPackRow(node, container, pack, onChange) {
  const field = `packRow${++rowCount}`;
  const named = (element, property) =>
    element
      .addClass(`bms-bank-${property}`)
      .attr({ 'aria-label': node._(`bms-bank.pack.${property}`), title: node._(`bms-bank.pack.${property}`) });
  const text = (property, css) =>
    named($('<input type="text">'), property)
      .css(css)
      .attr('placeholder', node._(`bms-bank.hint.${property}`))
      .val(isBlank(pack[property]) ? '' : pack[property]);
  const line = $('<div>').css({ display: 'flex', gap: '6px', alignItems: 'center' }).appendTo(container);
  const device = $('<div>').css({ flex: '1 1 200px', minWidth: 0 }).appendTo(line);
  $('<input>', { type: 'text', id: `node-config-input-${field}`, style: 'width: 100%' }).appendTo(device);
  line.append(text('group', { flex: 'none', width: '90px' }), text('capacity', { flex: 'none', width: '75px' }));

  RED.editor.prepareConfigNodeSelect(node, field, 'bms-device', 'node-config-input');
  reachConfigButtons(`node-config-input-${field}`, 'bms-device');
  const select = named(device.find('select'), 'device').css({ minWidth: 0, width: 'auto' });
  let chosenBefore;
  const fill = (chosen) => {
    observer.disconnect();
    select.empty().append(configOptions(node, 'bms-device', select), noConfigOption());
    select.val(isBlank(chosen) ? NO_CONFIG : chosen);
    keepValue(select, chosen);
    chosenBefore = select.val();
    observer.observe(select[0], { childList: true });
  };
  const observer = new MutationObserver(() => {
    fill(chosenAfter(select, chosenBefore));
    // What was added or deleted is so in all rows.
    for (const row of packRows()) if (row[0] !== container[0]) row.data('bms-refill')();
    select.trigger('change');
  });
  container.data('bms-refill', () => fill(chosenAfter(select, chosenBefore)));
  select.on('change', () => (chosenBefore = select.val()));
  // The list's own button adds an empty row.
  fill(pack.device ?? nextDevice(select));
  container.siblings('.red-ui-editableList-item-remove').attr('aria-label', RED._('editor:common.label.delete'));
  container.on('change input', onChange);
}

/** Marks what is wrong in the rows. */
function markPacks(faults) {
  const rows = packRows();
  for (const row of rows) row.find('input, select').removeClass('input-error');
  for (const { index, property } of faults) {
    if (index !== undefined) rows[index].find(`.bms-bank-${property}`).addClass('input-error');
  }
}

/** How packs are connected, by their names: `∥` side by side, `→` one after the other. */
function drawingOf(packs, topology) {
  const nameOf = ({ device }) => {
    const node = RED.nodes.node(device);
    return node ? node.name || RED.utils.getNodeLabel(node) : '?';
  };
  const join = (items, isParallel) => items.join(isParallel ? ' ∥ ' : ' → ');
  if (!GROUPED.includes(topology)) return join(packs.map(nameOf), topology === 'parallel');
  const groups = groupsOf(packs).map((group) => `( ${join(group.map(nameOf), topology === 'stages')} )`);
  return join(groups, topology === 'strings');
}
