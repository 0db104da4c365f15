/** Gives a text to the user as a file. */
function saveFile(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  $('<a>', { href: url, download: name })[0].click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Lets the user choose a file. @param take takes its name and its text */
function chooseFile(accept, take) {
  const field = $('<input>', { type: 'file', accept });
  field.on('change', () => {
    const file = field[0].files[0];
    if (file) file.text().then((text) => take(file.name, text));
  });
  field[0].click();
}

/** The name of a file for the settings of a device: of which, and of when. */
function settingsFileName({ device = 'pack', taken = Date.now() }, extension) {
  const stamp = new Date(taken).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `settings-${device.replace(/[^\w-]+/g, '_')}-${stamp}${extension}`;
}
