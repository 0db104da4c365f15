/** A button with an icon and a text. */
function settingsButton(icon, text, act) {
  const button = $('<button>', { type: 'button', class: 'red-ui-button' });
  button.append($('<i>', { class: `fa ${icon}`, 'aria-hidden': 'true' }), ' ', $('<span>', { text }));
  return button.on('click', () => {
    if (!button.hasClass('disabled')) act(button);
  });
}

/** Whether a button may be pressed; it keeps the focus. */
function enable(button, on) {
  button.toggleClass('disabled', !on).attr('aria-disabled', String(!on));
}

/** The key of a setting, which may be wrapped between its words. */
function settingsKey(key) {
  const words = key.split(/(?=[A-Z0-9])/);
  return $('<code>').append(words.flatMap((word) => [$('<wbr>'), document.createTextNode(word)]));
}

/** A short word beside a text, such as "experimental". */
function settingsMark(text) {
  return $('<span>', { class: 'bms-settings-mark', text });
}

/** A box with a tick. */
function settingsTick(text, onChange) {
  const tick = $('<input>', { type: 'checkbox' }).on('change', () => onChange(tick.prop('checked')));
  return $('<label>').append(tick, $('<span>', { text }));
}

/** A table without rows. @param heads its columns */
function settingsTable(caption, heads) {
  const head = $('<tr>').append(heads.map((text) => $('<th>', { scope: 'col', text })));
  return $('<table>', { 'aria-label': caption }).append($('<thead>').append(head));
}

/** Sentences as a list. */
function settingsList(sentences) {
  return $('<ul>').append(sentences.map((text) => $('<li>', { text })));
}
