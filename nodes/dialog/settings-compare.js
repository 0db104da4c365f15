/**
 * The buttons that save the settings of a board, compare them with a file or another pack, and take over what differs.
 * @param board of the dialog, see `openSettings`
 */
function settingsComparison(node, board) {
  const { ask, button, report, say, rows } = board;
  const save = button('save', 'fa-download', 'save', saveDocument);
  const saveVendor = button('save-vendor', 'fa-download', 'saveVendor', saveVendorFile).prop('hidden', true);
  const compareFile = button('compare-file', 'fa-file-o', 'compareFile', chooseOther);
  const takeAll = button('take-differences', 'fa-check', 'takeOver', takeDifferences);
  const pack = $('<select>', { id: 'bms-settings-pack', 'aria-label': say('comparePack') }).on('change', comparePack);
  /** what the server has said of the other side */
  let other;

  pack.append($('<option>', { value: '', text: say('comparePack') }));
  RED.nodes.eachConfig((config) => {
    if (config.type !== 'bms-device' || config.id === node.id) return;
    pack.append($('<option>', { value: config.id, text: RED.utils.getNodeLabel(config) }));
  });

  function saveDocument() {
    const text = `${JSON.stringify(board.view.document, null, 2)}\n`;
    saveFile(settingsFileName(board.view.document, '.json'), text, 'application/json');
  }

  function saveVendorFile() {
    const { document: header, vendorFile } = board.view;
    const request = ask('vendorFile', { others: (other && other.others) || [] });
    if (!request) return;
    request.done(({ text }) => saveFile(settingsFileName(header, vendorFile.extension), text, 'text/plain'));
  }

  function chooseOther() {
    const { vendorFile } = board.view;
    chooseFile(vendorFile ? `.json,${vendorFile.extension}` : '.json', (name, text) => {
      if (vendorFile && name.toLowerCase().endsWith(vendorFile.extension)) return compare({ vendorFile: text }, name);
      try {
        return compare({ settings: JSON.parse(text) }, name);
      } catch (error) {
        return report(say('notDone', { reason: error.message }));
      }
    });
  }

  function comparePack() {
    const id = pack.val();
    if (id) compare({ other: id }, pack.find('option:selected').text(), id);
    else show(undefined);
  }

  /** @param watched id of the device that is read for it, if any */
  function compare(body, name, watched) {
    const request = ask('compare', body, watched);
    if (!request) return;
    report(say('compares', { name }));
    request.done((answer) => {
      if (!body.other) pack.val('');
      show(answer);
      report(outcome(answer, name));
    });
  }

  function outcome({ differences, onlyThere, stop }, name) {
    const count = differences.length;
    const sentences = [count > 0 ? say('different', { name, count }) : say('same', { name })];
    if (onlyThere.length > 0) sentences.push(say('onlyThere', { names: onlyThere.join(', ') }));
    if (stop) sentences.push(stop);
    return sentences.join(' ');
  }

  function show(answer) {
    other = answer;
    rows.compare(other);
    board.update();
  }

  /** What is built otherwise is not taken over: it is typed, or not at all. */
  function isTakenOver(difference) {
    return difference.writable && difference.class !== 'T';
  }

  function takeDifferences() {
    board.takeOver(other.differences.filter(isTakenOver).map(({ key, wanted }) => Object.assign({ key }, wanted)));
  }

  return {
    sources: [save, saveVendor, compareFile, pack],
    takeAll,
    /** Shows what the board that was read has to offer, and the comparison anew. */
    refresh() {
      const { vendorFile } = board.view;
      saveVendor.prop('hidden', !vendorFile);
      if (vendorFile) saveVendor.find('span').text(say('saveVendor', vendorFile));
      if (other) rows.compare(other);
    },
    update(isReady) {
      for (const each of [save, saveVendor, compareFile]) enable(each, isReady);
      pack.prop('disabled', !isReady);
      enable(takeAll, isReady && Boolean(other) && other.differences.some(isTakenOver));
    },
  };
}
