/**
 * A slow request to the server: started by a button, one at a time, with its progress and result in a box. After `stop` its
 * result is ignored.
 */
function slowRequest(button, box) {
  /** the request that runs, and what makes the button as it was */
  let running;
  let settle;

  function end() {
    const ended = running;
    running = undefined;
    if (ended) settle();
    return ended;
  }

  function stop() {
    const ended = end();
    box.hide();
    if (ended) ended.abort();
  }

  /** @param words `during` it; `of(answer)` and `failed(reason)` make the words of its end */
  function start(path, body, words) {
    if (running) return;
    box.text(words.during).show();
    settle = busy(button);
    const data = JSON.stringify(body);
    const headers = inOwnLanguage();
    const settings = { method: 'POST', contentType: 'application/json', data, headers };
    const request = $.ajax(`@openbms/node-red-bms/${path}`, settings);
    running = request;
    const say = (makeWords) => (answer) => {
      if (running !== request) return;
      end();
      box.text(makeWords(answer));
    };
    request.then(
      say(words.of),
      say((answer) => words.failed(reasonOf(answer))),
    );
  }

  return { start, stop };
}
