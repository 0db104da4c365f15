/**
 * Makes the field `device` list packs and banks, each under a heading, and its buttons add and edit both: by itself the editor
 * lists the config nodes of one type.
 * @param node of the dialog
 */
function offerBatteries(node) {
  const select = $('#node-input-device');
  const text = (key) => RED._(`@openbms/node-red-bms/bms-bank:bms-bank.battery.${key}`);
  const typeOf = (id) => ((RED.nodes.node(id) || {}).type === 'bms-bank' ? 'bms-bank' : 'bms-device');

  // Buttons of our own in the place of those that know packs only.
  const edit = ownButton('edit', () => openDialog(typeOf(select.val()), select.val()));
  const add = ownButton('add', chooseWhatToAdd);
  add.attr({ 'aria-label': text('add'), 'aria-haspopup': 'menu' });
  RED.popover.tooltip(add, text('add'));
  RED.popover.tooltip(edit, () => edit.attr('aria-label'));

  // When a dialog of a config node closes, the editor fills the field anew, and marks what was added or edited.
  const observer = new MutationObserver(() => {
    arrange(chosenAfter(select, chosenBefore));
  });
  let chosenBefore;
  select.on('change', showButtons);
  arrange(node.device || NO_CONFIG);

  function arrange(chosen) {
    observer.disconnect();
    select.empty();
    for (const [label, type] of [
      ['packs', 'bms-device'],
      ['banks', 'bms-bank'],
    ]) {
      const options = configOptions(node, type, select);
      if (options.length > 0)
        $('<optgroup>', { label: text(label) })
          .append(options)
          .appendTo(select);
    }
    select.append(noConfigOption());
    select.val(chosen);
    observer.observe(select[0], { childList: true });
    select.trigger('change');
  }

  function showButtons() {
    chosenBefore = select.val();
    const isNode = Boolean(chosenBefore) && chosenBefore !== NO_CONFIG && !isEnv(chosenBefore);
    edit.toggleClass('disabled', !isNode).attr('aria-disabled', String(!isNode));
    edit.attr('aria-label', RED._('editor:editor.editConfig', { type: typeOf(chosenBefore) }));
  }

  /** @param id of the config node; `NO_CONFIG` for a new one */
  function openDialog(type, id) {
    RED.editor.editConfig('device', type, id, 'node-input', node);
  }

  function chooseWhatToAdd() {
    const options = [
      { label: text('addPack'), onselect: () => openDialog('bms-device', NO_CONFIG) },
      { label: text('addBank'), onselect: () => openDialog('bms-bank', NO_CONFIG) },
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
