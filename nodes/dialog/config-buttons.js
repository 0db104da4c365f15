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
