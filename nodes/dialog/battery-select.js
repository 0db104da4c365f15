/**
 * Makes the field `device` list packs and banks, each under a heading, and its buttons add and edit both. The editor lists
 * config nodes of one type only: it fills the field with the packs, and a field that is not shown with the banks.
 * @param node of the dialog
 */
function offerBatteries(node) {
  const select = $('#node-input-device');
  const text = (key) => RED._(`@openbms/node-red-bms/bms-bank:bms-bank.battery.${key}`);
  const banks = bankList(node, select);
  const typeOf = (id) => (banks.find('option').is((_index, { value }) => value === id) ? 'bms-bank' : 'bms-device');

  // Buttons of our own in the place of those that know packs only.
  const edit = ownButton('edit', () => openDialog(typeOf(select.val()), select.val()));
  const add = ownButton('add', chooseWhatToAdd);
  add.attr({ 'aria-label': text('add'), 'aria-haspopup': 'menu' });
  RED.popover.tooltip(add, text('add'));
  RED.popover.tooltip(edit, () => edit.attr('aria-label'));

  const observer = new MutationObserver(() => {
    // Whichever list the editor has filled anew, it has marked what was added or edited; nothing, when that was deleted.
    const isOfPacks = select.children('optgroup').length === 0;
    const marked = (isOfPacks ? select : banks).find('option[selected]').val();
    const isGone = Boolean(chosenBefore) && !isEnv(chosenBefore) && !RED.nodes.node(chosenBefore);
    arrange(marked && marked !== '_ADD_' ? marked : isGone ? '_ADD_' : chosenBefore);
  });
  let chosenBefore;
  select.on('change', showButtons);
  arrange(node.device || '_ADD_');

  function arrange(chosen) {
    observer.disconnect();
    const found = (list) => list.find('option').filter((_index, { value }) => value !== '_ADD_' && value !== '');
    const packs = found(select).filter((_index, { value }) => typeOf(value) === 'bms-device');
    const groups = [
      ['packs', packs.detach()],
      ['banks', found(banks).clone(true)],
    ];
    select.empty();
    for (const [label, options] of groups) {
      if (options.length > 0)
        $('<optgroup>', { label: text(label) })
          .append(options.removeAttr('selected'))
          .appendTo(select);
    }
    select.append($('<option>', { value: '_ADD_', text: RED._('editor:editor.inputs.none') }));
    select.val(chosen);
    for (const list of [select, banks]) observer.observe(list[0], { childList: true });
    select.trigger('change');
  }

  function showButtons() {
    chosenBefore = select.val();
    const isNode = Boolean(chosenBefore) && chosenBefore !== '_ADD_' && !isEnv(chosenBefore);
    edit.toggleClass('disabled', !isNode).attr('aria-disabled', String(!isNode));
    edit.attr('aria-label', RED._('editor:editor.editConfig', { type: typeOf(chosenBefore) }));
  }

  /** @param id of the config node; `_ADD_` for a new one */
  function openDialog(type, id) {
    const property = type === 'bms-bank' ? 'deviceBanks' : 'device';
    RED.editor.editConfig(property, type, id, 'node-input', node);
  }

  function chooseWhatToAdd() {
    const options = [
      { label: text('addPack'), onselect: () => openDialog('bms-device', '_ADD_') },
      { label: text('addBank'), onselect: () => openDialog('bms-bank', '_ADD_') },
    ];
    const menu = RED.popover.menu({ options, class: 'bms-battery-menu', disposeOnClose: true });
    menu.show({ target: add, align: 'left', offset: [add.outerWidth(), 2] });
    $('.bms-battery-menu a').first().trigger('focus');
  }

  function ownButton(what, act) {
    const present = $(`#node-input-btn-device-${what}`);
    const button = present.clone().insertAfter(present);
    present.remove();
    return asButton(button, () => {
      if (!button.hasClass('disabled')) act();
    });
  }
}

/** A field that is not shown, which the editor fills with the banks. */
function bankList(node, select) {
  const hidden = $('<div>')
    .hide()
    .append($('<input>', { type: 'text', id: 'node-input-deviceBanks' }));
  hidden.insertAfter(select.closest('.form-row'));
  RED.editor.prepareConfigNodeSelect(node, 'deviceBanks', 'bms-bank', 'node-input');
  return $('#node-input-deviceBanks');
}
