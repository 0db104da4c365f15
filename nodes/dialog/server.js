/** Why the server has not done what it was asked, in its own words where it has some. */
function reasonOf(answer) {
  return (answer.responseJSON && answer.responseJSON.error) || answer.statusText;
}

/**
 * Asks the server for what a dialog offers. The dialog may be gone when the answer comes.
 * @param field an element of the dialog
 * @param use takes the answer, and whether the dialog is still there
 * @param sentence makes of a reason what the user is told
 * @returns the request
 */
function load(field, path, use, sentence) {
  const isOpen = () => $.contains(document, field[0]);
  return $.getJSON(`@openbms/node-red-bms/${path}`)
    .done((answer) => use(answer, isOpen()))
    .fail((answer) => {
      if (isOpen()) RED.notify($('<p>').text(sentence(reasonOf(answer))), 'error');
    });
}
