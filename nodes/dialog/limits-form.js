const MAXIMA = ['maxChargeCurrent', 'maxDischargeCurrent'];

/** The selects with words of their own. */
const LIMITS_CHOICES = ['chemistry', 'format', 'emit', 'curveShape', 'whenBlocked', 'onLost', 'limitsOf'];

/** How often it is asked where the deployed node stands, ms. */
const LIMITS_ASK_MS = 2000;

/** The open dialog: its node, its curves, and what ends it. */
let openDialog;

/** What the fields of the open dialog of a node hold; undefined while none is open. */
function openValues(node) {
  if (!openDialog || openDialog.node !== node) return undefined;
  const { curves } = openDialog;
  const fields = [...Object.keys(LIMITS_RANGES), 'chemistry', 'curveShape'];
  const typed = Object.fromEntries(fields.map((key) => [key, $(`#node-input-${key}`).val()]));
  return { ...typed, ...curves.values(), curves: limitsCurves(curves) };
}

/** The curves alone, as they are saved. */
function limitsCurves(curves) {
  const all = curves.values();
  return Object.fromEntries(LIMITS_CURVES.map((key) => [key, all[key]]));
}

function openLimits(node) {
  styleLimits();
  for (const key of LIMITS_CHOICES) keepValue($(`#node-input-${key}`), node[key]);
  for (const key of LIMITS_CHOICES) if (isBlank(node[key])) $(`#node-input-${key}`).prop('selectedIndex', 0);
  const dialog = { node, now: {} };
  openDialog = dialog;
  const update = () => openDialog === dialog && showLimits(dialog);
  dialog.curves = limitsCurveEditor(node, $('#bms-limits-points'), update);
  const quantities = $('#bms-limits-quantity');
  for (const quantity of Object.keys(LIMITS_QUANTITIES)) {
    quantities.append($('<option>', { value: quantity, text: node._(`bms-limits.quantity.${quantity}`) }));
  }
  quantities.on('change', () => {
    dialog.curves.show(quantities.val());
    update();
  });
  dialog.curves.show();
  $('#bms-limits-reset').on('click', () => {
    for (const key of limitsOwn()) $(`#node-input-${key}`).val('').trigger('change');
    dialog.curves.reset();
    update();
  });
  $('#node-input-chemistry').on('change', () => dialog.curves.show());
  $('#dialog-form').on('input.bms-limits change.bms-limits', update);
  update();
  // Figures that are wrong are not folded away.
  $('.bms-limits-part').each((_i, part) => {
    if ($(part).find('.input-error').length > 0) part.open = true;
  });
  askLimits(dialog);
}

function closeLimits() {
  if (openDialog) clearTimeout(openDialog.timer);
  openDialog = undefined;
}

/** The fields with figures of the user's own, where a preset has some. */
function limitsOwn() {
  const preset = Object.assign({}, LIMITS_COMMON, LIMITS_PRESETS.lfp);
  return Object.keys(LIMITS_RANGES).filter((key) => key in preset && !isBlank($(`#node-input-${key}`).val()));
}

/** Shows what the fields hold: presets in those that are blank, faults, and the plot. */
function showLimits({ node, curves, now }) {
  const values = openValues(node);
  const preset = Object.assign({}, LIMITS_COMMON, LIMITS_PRESETS[values.chemistry]);
  for (const key of Object.keys(LIMITS_RANGES)) {
    if (key in preset) $(`#node-input-${key}`).attr('placeholder', preset[key]);
  }
  showLimitsSource(node);
  $('#bms-limits-row-interval').toggle($('#node-input-emit').val() !== 'change');
  const own = limitsOwn().length + curves.count();
  $('#bms-limits-own').text(own > 0 ? node._('bms-limits.tip.own', { count: own }) : node._('bms-limits.tip.preset'));
  $('#bms-limits-reset').toggle(own > 0);
  showLimitsFaults(node, curves, values);
  const say = (key) => node._(`bms-limits.plot.${key}`);
  const svg = $('#bms-limits-plot')[0];
  svg.setAttribute('aria-label', say('label'));
  drawLimits(svg, curves.quantity(), values, now, say);
  const text = limitsNowText(now, say);
  $('#bms-limits-now').text(text === '' ? node._('bms-limits.tip.notDeployed') : text);
}

/** Whether readings come as messages, and whether the device has packs with limits of their own. */
function showLimitsSource(node) {
  const device = RED.nodes.node($('#node-input-device').val());
  $('#bms-limits-source').toggle(!device && !isEnv($('#node-input-device').val()));
  const isBank = Boolean(device) && device.type === 'bms-bank';
  $('#bms-limits-row-limitsOf').toggle(isBank || (!isBlank(node.limitsOf) && node.limitsOf !== 'battery'));
}

function showLimitsFaults(node, curves, values) {
  const faults = limitsFaults(values);
  const wrong = new Set(faults.flatMap(({ keys }) => keys));
  for (const key of MAXIMA) if (isBlank(values[key])) wrong.add(key);
  for (const key of Object.keys(LIMITS_RANGES)) $(`#node-input-${key}`).toggleClass('input-error', wrong.has(key));
  curves.mark(wrong);
  const [first] = faults;
  const missing = MAXIMA.some((key) => isBlank(values[key]));
  const problem = first ? limitsSentence(node, first) : missing ? node._('bms-limits.error.maximum') : '';
  $('#bms-limits-problem')
    .text(problem)
    .toggle(problem !== '');
}

/** Asks now and then where the deployed node stands. Nothing is said when that fails: the plot goes without. */
function askLimits(dialog) {
  $.ajax('@openbms/node-red-bms/limits-now', { dataType: 'json', data: { node: dialog.node.id } })
    .done((answer) => {
      dialog.now = answer;
      if (openDialog === dialog) showLimits(dialog);
    })
    .always(() => {
      if (openDialog === dialog) dialog.timer = setTimeout(() => askLimits(dialog), LIMITS_ASK_MS);
    });
}
