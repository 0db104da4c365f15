/** How often the dialog asks how a recording stands while it runs, ms. */
const RECORDING_EVERY_MS = 2000;

/**
 * The buttons with which the frames of a connection are seen: one gives the last ones as a file, the other starts and
 * stops a recording on the server.
 * @param node the connection; its deployed version is what the server knows
 */
function recordingButtons(node) {
  const report = slowRequest($('#bms-connection-report'), $('#bms-connection-report-tip'));
  const record = $('#bms-connection-record');
  const tip = $('#bms-connection-record-tip');
  let timer;
  let isRecording = false;
  let isStopped = false;

  function save(answer) {
    const url = URL.createObjectURL(new Blob([answer.text], { type: 'application/jsonl' }));
    const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
    $('<a>', { href: url, download: `bms-report-${stamp}.jsonl` })[0].click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    return node._('bms-connection.report.done');
  }

  /** @param change `{ on }` starts or stops it; nothing asks how it stands */
  function ask(change) {
    clearTimeout(timer);
    const data = JSON.stringify(Object.assign({ id: node.id }, change));
    return $.ajax('@openbms/node-red-bms/record', { method: 'POST', contentType: 'application/json', data }).done(show);
  }

  function show({ recording, file, bytes }) {
    if (isStopped) return;
    isRecording = recording;
    record.attr('aria-pressed', String(recording));
    record
      .find('span')
      .text(recording ? node._('bms-connection.label.stopRecording') : node._('bms-connection.label.record'));
    record.find('i').attr('class', recording ? 'fa fa-stop' : 'fa fa-circle');
    const size = (bytes / 1000).toFixed(1);
    const values = { file, size };
    const words = recording
      ? node._('bms-connection.record.runs', values)
      : node._('bms-connection.record.done', values);
    if (file) tip.text(words).show();
    if (recording) timer = setTimeout(() => ask({}), RECORDING_EVERY_MS);
  }

  $('#bms-connection-report').on('click', () =>
    report.start(
      'report',
      { id: node.id },
      {
        during: node._('bms-connection.report.runs'),
        of: save,
        failed: (reason) => node._('bms-connection.report.failed', { reason }),
      },
    ),
  );
  record.on('click', () => {
    ask({ on: !isRecording }).fail((answer) => {
      if (!isStopped) tip.text(node._('bms-connection.record.failed', { reason: reasonOf(answer) })).show();
    });
  });
  // A connection that is not deployed yet has no recording.
  ask({});

  function stop() {
    isStopped = true;
    clearTimeout(timer);
    report.stop();
  }

  return { stop };
}
