const LIMITS_CURVES = [
  ...['chargeByCell', 'dischargeByCell', 'chargeByTemperature', 'dischargeByTemperature'],
  ...['chargeByMos', 'dischargeByMos', 'chargeBySoc', 'dischargeBySoc'],
];

const LIMITS_CELL = [0.5, 5];
const LIMITS_SECONDS = [0, 604800];
const LIMITS_PERCENT = [0, 100];
const LIMITS_AMPERES = [0.1, 5000];

/** From where to where a number may go; `true` where it must be whole. */
const LIMITS_RANGES = {
  ...{ absorptionVoltage: LIMITS_CELL, floatVoltage: LIMITS_CELL, rebulkVoltage: LIMITS_CELL },
  ...{ restVoltage: LIMITS_CELL, dischargeVoltage: LIMITS_CELL, overvoltage: LIMITS_CELL, undervoltage: LIMITS_CELL },
  ...{ rebulkSoc: LIMITS_PERCENT, coldBlock: [-60, 60], cellMargin: [0, 1], protectionMargin: [0, 1] },
  ...{ voltageOffset: [-5, 5], absorptionTime: LIMITS_SECONDS, tailCurrent: [0, 1], balanceDelta: [0, 1] },
  ...{ balanceHold: LIMITS_SECONDS, rebulkDays: [0, 3650], raiseHold: LIMITS_SECONDS, raiseRate: [0.0001, 1] },
  ...{ voltageHold: LIMITS_SECONDS, voltageRamp: [0.000001, 1], lostAfter: LIMITS_SECONDS, holdFor: LIMITS_SECONDS },
  ...{ maxChargeCurrent: LIMITS_AMPERES, maxDischargeCurrent: LIMITS_AMPERES, cells: [1, 1000, true] },
  ...{ capacity: [0.1, 1000000], chargeToSoc: LIMITS_PERCENT, forceChargeBelow: LIMITS_PERCENT },
  ...{ forceChargeUntil: LIMITS_PERCENT, interval: [1, 3600] },
};

/** Figures that are the same on paper, but not in binary. */
const LIMITS_TOLERANCE = 1e-9;

/** What a property stands for: its own figure or points, else those of the preset; NaN or undefined where that is not known. */
function limitsFigure(values, key) {
  const own = values[key];
  const isCurve = LIMITS_CURVES.includes(key);
  if (isBlank(own) || (isCurve && Array.isArray(own) && own.length === 0)) {
    const preset = LIMITS_PRESETS[isBlank(values.chemistry) ? 'lfp' : values.chemistry];
    return Object.assign({}, LIMITS_COMMON, preset)[key];
  }
  if (!isCurve) return isEnv(own) ? NaN : Number(own);
  return Array.isArray(own) ? own.map((point) => limitsPoint(point) || [NaN, NaN]) : undefined;
}

/** Both numbers of a point; NaN for one that an environment variable stands for; undefined for what is no point. */
function limitsPoint(point) {
  if (!Array.isArray(point) || point.length !== 2) return undefined;
  if (point.some((figure) => !isEnv(figure) && (isBlank(figure) || !Number.isFinite(Number(figure))))) return undefined;
  return point.map((figure) => (isEnv(figure) ? NaN : Number(figure)));
}

/** What is wrong with the properties, each by itself and against each other: [{ keys, fault, values }], in the node's order. */
function limitsFaults(values) {
  const alone = Object.keys(LIMITS_RANGES).flatMap((key) => limitsNumberFault(key, values[key]));
  const lists = LIMITS_CURVES.flatMap((key) => limitsListFault(key, values[key]));
  const wrong = [...alone, ...lists];
  return wrong.length > 0
    ? wrong
    : [...limitsCurveFaults(values), ...limitsOrderFaults(values), ...limitsEndFaults(values)];
}

function limitsNumberFault(key, value) {
  const [min, max, whole] = LIMITS_RANGES[key];
  if (isBlank(value) || isNumber(value, min, max, whole)) return [];
  const shown = typeof value === 'string' ? `"${value}"` : value;
  return [{ keys: [key], fault: whole ? 'whole' : 'number', values: { key, value: shown, min, max } }];
}

function limitsListFault(key, value) {
  if (isBlank(value) || isEnv(value)) return [];
  const isList = Array.isArray(value) && value.every((point) => limitsPoint(point));
  return isList ? [] : [{ keys: [key], fault: 'points', values: { key } }];
}

function limitsCurveFaults(values) {
  return LIMITS_CURVES.flatMap((key) => {
    const curve = limitsFigure(values, key) || [];
    const at = curve.map(([x]) => x);
    if (at.some((x, i) => i > 0 && x <= at[i - 1])) {
      return [{ keys: [key], fault: 'rise', values: { key, at: at.map(limitsShown).join(', ') } }];
    }
    const wrong = curve.find(([, fraction]) => fraction < 0 || fraction > 1);
    return wrong ? [{ keys: [key], fault: 'fraction', values: { key, value: wrong[1] } }] : [];
  });
}

/** What must not be above what, or must be below it (`<`). */
function limitsOrderFaults(values) {
  const of = (key) => limitsFigure(values, key);
  const curveEnd = (key, at) => {
    const point = (of(key) || []).at(at);
    return [key, point ? point[0] : NaN, [key]];
  };
  const own = (key) => [key, of(key), [key]];
  const most = [
    'overvoltage - protectionMargin',
    of('overvoltage') - of('protectionMargin'),
    ['overvoltage', 'protectionMargin'],
  ];
  const target = [
    'absorptionVoltage + cellMargin',
    of('absorptionVoltage') + of('cellMargin'),
    ['absorptionVoltage', 'cellMargin'],
  ];
  const least = [
    ...['undervoltage + 2 * protectionMargin', of('undervoltage') + 2 * of('protectionMargin')],
    ['undervoltage', 'protectionMargin'],
  ];
  const rules = [
    [own('rebulkVoltage'), '<', own('floatVoltage')],
    [own('floatVoltage'), '<=', own('absorptionVoltage')],
    [target, '<=', most],
    [curveEnd('chargeByCell', -1), '<=', most],
    [own('restVoltage'), '<', own('rebulkVoltage')],
    [least, '<=', curveEnd('dischargeByCell', 0)],
    [own('coldBlock'), '<=', curveEnd('chargeByTemperature', 0)],
  ];
  return rules.flatMap(([[lower, low, lowerKeys], order, [upper, high, upperKeys]]) => {
    const isWrong = order === '<' ? low >= high - LIMITS_TOLERANCE : low > high + LIMITS_TOLERANCE;
    const figures = { lower, low: limitsShown(low), upper, high: limitsShown(high) };
    const fault = order === '<' ? 'below' : 'notAbove';
    return isWrong ? [{ keys: [...lowerKeys, ...upperKeys], fault, values: figures }] : [];
  });
}

/** Charging must end at the top and in the cold, and go on up to the absorption voltage. */
function limitsEndFaults(values) {
  const ends = [
    ['chargeByCell', -1],
    ['chargeByTemperature', 0],
  ];
  const open = ends.flatMap(([key, at]) => {
    const [x, fraction] = (limitsFigure(values, key) || []).at(at) || [NaN, NaN];
    return fraction > 0 ? [{ keys: [key], fault: 'end', values: { key, at: limitsShown(x), value: fraction } }] : [];
  });
  if (open.length > 0) return open;
  const absorption = limitsFigure(values, 'absorptionVoltage');
  const left = limitsFraction(limitsFigure(values, 'chargeByCell') || [], values.curveShape, absorption);
  if (Number.isNaN(absorption) || left !== 0) return [];
  return [
    { keys: ['chargeByCell', 'absorptionVoltage'], fault: 'absorption', values: { value: limitsShown(absorption) } },
  ];
}

/** What a curve leaves of the maximum at some place; NaN where that is not known. */
function limitsFraction(curve, shape, x) {
  let before;
  for (const point of curve) {
    if (point[0] >= x - LIMITS_TOLERANCE) {
      if (!before || point[0] <= x + LIMITS_TOLERANCE) return point[1];
      if (shape === 'step') return Math.min(before[1], point[1]);
      return before[1] + ((point[1] - before[1]) * (x - before[0])) / (point[0] - before[0]);
    }
    before = point;
  }
  return before ? before[1] : 1;
}

/** A figure without the noise of binary fractions. */
function limitsShown(value) {
  return Number(value.toFixed(6));
}

/** A fault as a sentence, as the node itself says it. */
function limitsSentence(node, { fault, values }) {
  return node._(`bms-limits.fault.${fault}`, values);
}

/** What a field of the open dialog, or a saved property, holds. @param live whether the dialog of the node is open */
function limitsValues(node, live) {
  const keys = [...Object.keys(LIMITS_RANGES), ...LIMITS_CURVES, 'chemistry', 'curveShape'];
  return Object.fromEntries(keys.map((key) => [key, live && key in live ? live[key] : node[key]]));
}
