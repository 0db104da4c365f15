/**
 * Something that the server takes its time for: begun with a button, one at a time, said in a box, and ended by
 * `stop`, of which nothing is said any more. The button keeps the focus, so it is not disabled but does nothing.
 */
function slowRequest(button, box) {
  const icon = button.find('i');
  const usual = icon.attr('class');
  let running;

  function settle() {
    running = undefined;
    button.removeClass('disabled').removeAttr('aria-disabled');
    icon.attr('class', usual);
  }

  function stop() {
    const ended = running;
    settle();
    box.hide();
    if (ended) ended.abort();
  }

  /** @param words `during` it; `of(answer)` and `failed(reason)` make the words of its end */
  function start(path, body, words) {
    if (running) return;
    box.text(words.during).show();
    button.addClass('disabled').attr('aria-disabled', 'true');
    icon.attr('class', 'fa fa-spinner fa-spin');
    const data = JSON.stringify(body);
    const request = $.ajax(`@openbms/node-red-bms/${path}`, { method: 'POST', contentType: 'application/json', data });
    running = request;
    const end = (makeWords) => (answer) => {
      if (running !== request) return;
      settle();
      box.text(makeWords(answer));
    };
    request.then(
      end(words.of),
      end((answer) => words.failed(reasonOf(answer))),
    );
  }

  return { start, stop };
}
