/** How often the dialog asks how far a job of the server has come, ms. */
const PROGRESS_EVERY_MS = 300;

/**
 * Asks the server about the settings of devices: one thing at a time, with its progress.
 * @param show takes the progress as `{ phase, done, of, name }`, `{}` while none is known, and undefined when it is over
 */
function settingsServer(show) {
  let running;
  let timer;

  function follow(device) {
    const url = `@openbms/node-red-bms/settings-progress?${$.param({ device })}`;
    timer = setTimeout(() => {
      $.ajax(url, { dataType: 'json', headers: inOwnLanguage() }).always((progress) => {
        if (!running) return;
        // What is no answer is an error of the request, which the job itself meets as well.
        if (progress && progress.phase) show(progress);
        follow(device);
      });
    }, PROGRESS_EVERY_MS);
  }

  /**
   * @param what to ask for: `read`, `compare`, `plan` ...
   * @param body with the id of the device
   * @param watched id of the device whose job is followed
   * @returns the request; undefined while another one runs
   */
  function ask(what, body, watched = body.device) {
    if (running) return undefined;
    const data = JSON.stringify(body);
    const settings = { method: 'POST', contentType: 'application/json', data, headers: inOwnLanguage() };
    const request = $.ajax(`@openbms/node-red-bms/settings-${what}`, settings);
    running = request;
    show({});
    follow(watched);
    request.always(() => {
      clearTimeout(timer);
      if (running !== request) return;
      running = undefined;
      show(undefined);
    });
    return request;
  }

  /** Ends what runs: the server goes on with what it writes, and with nothing else. */
  function stop() {
    const ended = running;
    running = undefined;
    clearTimeout(timer);
    if (ended) ended.abort();
  }

  return { ask, stop, isBusy: () => Boolean(running) };
}
