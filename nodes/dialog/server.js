/** Why the server has not done what it was asked, in its own words where it has some. */
function reasonOf(answer) {
  return (answer.responseJSON && answer.responseJSON.error) || answer.statusText;
}

/** Has the server answer in the language of the editor, which need not be that of the browser. */
function inOwnLanguage() {
  return { 'Accept-Language': RED.i18n.lang() };
}

/**
 * Acts when a dialog is on the page: at once, or when the dialog that has opened over it, and has taken it off, is
 * closed. Never, when the dialog itself was closed: then jQuery has forgotten what its elements carry.
 * @param field an element of the dialog, which carries `bms-open`
 */
function whenOnPage(field, act) {
  const isCovered = () => field.data('bms-open') && !$.contains(document, field[0]);
  const actUnlessClosed = () => {
    if (field.data('bms-open')) act();
  };
  if (!isCovered()) return actUnlessClosed();
  const observer = new MutationObserver(() => {
    if (isCovered()) return;
    observer.disconnect();
    actUnlessClosed();
  });
  observer.observe(document.getElementById('red-ui-editor-stack'), { childList: true });
}

/**
 * Asks the server for what a dialog offers.
 * @param field an element of the dialog
 * @param keep takes the answer at once, also when the dialog is closed
 * @param show puts it into the dialog, when that is on the page
 * @param sentence makes the message for the user from a reason
 * @returns the request
 */
function load(field, path, { keep = () => undefined, show, sentence }) {
  field.data('bms-open', true);
  return $.ajax(`@openbms/node-red-bms/${path}`, { dataType: 'json', headers: inOwnLanguage() })
    .done((answer) => {
      keep(answer);
      whenOnPage(field, () => show(answer));
    })
    .fail((answer) => whenOnPage(field, () => RED.notify($('<p>').text(sentence(reasonOf(answer))), 'error')));
}
