/**
 * Lets the keys reach the buttons that Node-RED puts beside the field of a config node, and names them: it draws them
 * as links that lead nowhere and have a picture only.
 * @param id of the field, as `node-input-device`
 * @param type of the config node
 */
function reachConfigButtons(id, type) {
  const names = {
    edit: RED._('editor:editor.editConfig', { type }),
    add: RED._('editor:editor.addNewConfig', { type }),
  };
  for (const what of ['edit', 'add']) {
    const button = $(`#${id.replace('-input-', '-input-btn-')}-${what}`);
    asButton(button).attr('aria-label', names[what]);
  }
}

/** Lets the keys reach and press a link that leads nowhere. @param act what a click does, unless it does something already */
function asButton(button, act) {
  button.attr({ role: 'button', tabindex: 0 });
  button.on('keydown', (event) => {
    if ((event.key !== 'Enter' && event.key !== ' ') || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    button.trigger('click');
  });
  if (act) {
    button.on('click', (event) => {
      event.preventDefault();
      act();
    });
  }
  return button;
}

/** What the editor lets a field have where no config node is chosen. */
const NO_CONFIG = '_ADD_';

/**
 * The config nodes of a type as options, as the editor itself lists them in a field: those in reach, with their labels.
 * @param node of the dialog
 * @param field of the dialog that they are for
 */
function configOptions(node, type, field) {
  const prefix = /^node-config-/.test(field.attr('id')) ? 'node-config-input' : 'node-input';
  const place = $('<div>').hide();
  place.append($('<input>', { type: 'text', id: `${prefix}-configOptions` })).appendTo(field.closest('form'));
  RED.editor.prepareConfigNodeSelect(node, 'configOptions', type, prefix);
  const options = place.find('option').filter((_index, { value }) => value !== NO_CONFIG && value !== '');
  options.detach().removeAttr('selected');
  place.remove();
  return options;
}

/** The option for no config node. */
function noConfigOption() {
  return $('<option>', { value: NO_CONFIG, text: RED._('editor:editor.inputs.none') });
}

/**
 * What is chosen after the editor has filled a field anew, because the dialog of a config node has closed: it marks what was
 * added or edited, and nothing when something was deleted.
 */
function chosenAfter(field, before) {
  const marked = field.find('option[selected]').val();
  if (marked && marked !== NO_CONFIG) return marked;
  return isBlank(before) || isEnv(before) || RED.nodes.node(before) ? before : NO_CONFIG;
}
