/** A number as number; what else is in a field stays as it is. */
function numberOrText(value) {
  const text = String(value).trim();
  return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** Whether the end of an alarm lies on the good side of its limit, as far as both are known. */
function isBehind({ operator, limit, clear }) {
  if (isBlank(clear) || isEnv(clear) || isEnv(limit)) return true;
  return operator === '<' ? Number(clear) >= Number(limit) : Number(clear) <= Number(limit);
}

function idOf({ code, field, operator }) {
  return JSON.stringify([String(code).trim(), field, operator]);
}

/** Whether a word is the key of one of these values, as far as they are known. */
function isField(word, fields) {
  if (isBlank(word)) return false;
  return known.fields.length === 0 || isEnv(word) || fields.some(({ key }) => key === word);
}

/** The values that are no list. */
function singleFields() {
  return known.fields.filter(({ single }) => single);
}

/** What is wrong with a rule: the property and the key of the text. */
function* faultsOf(rule) {
  if (typeof rule !== 'object' || rule === null) return yield ['code', 'rule'];
  const { field, operator, limit, clear, hold, level, code, onlyWhile } = rule;
  if (!isField(field, known.fields)) yield ['field', 'field'];
  if (!OPERATORS.includes(operator) && !isEnv(operator)) yield ['operator', 'operator'];
  if (!isNumber(limit, -1e9, 1e9)) yield ['limit', 'limit'];
  else if (!isBlank(clear) && !isNumber(clear, -1e9, 1e9)) yield ['clear', 'clear'];
  else if (!isBehind(rule)) yield ['clear', operator === '<' ? 'clearBelow' : 'clearAbove'];
  if (!isBlank(hold) && !isNumber(hold, 0, LONGEST_HOLD)) yield ['hold', 'hold'];
  if (!isBlank(level) && !LEVELS.includes(level) && !isEnv(level)) yield ['level', 'level'];
  if (isBlank(code)) yield ['code', 'code'];
  if (hasCondition(rule)) yield* conditionFaults(onlyWhile);
}

/** Whether a rule has `onlyWhile`, right or wrong. */
function hasCondition({ onlyWhile }) {
  return onlyWhile !== undefined && onlyWhile !== null && onlyWhile !== '';
}

/** What is wrong with `onlyWhile` of a rule. */
function* conditionFaults(condition) {
  if (typeof condition !== 'object') return yield ['addWhile', 'while'];
  const { field, operator, limit } = condition;
  if (!isField(field, singleFields())) yield ['whileField', 'whileField'];
  if (!OPERATORS.includes(operator) && !isEnv(operator)) yield ['whileOperator', 'whileOperator'];
  if (!isNumber(limit, -1e9, 1e9)) yield ['whileLimit', 'whileLimit'];
}

/** What is wrong with the rules: [{ index, property, key }], in their order. */
function faultsIn(rules) {
  const seen = new Set();
  return rules.flatMap((rule, index) => {
    const faults = [...faultsOf(rule)].map(([property, key]) => ({ index, property, key }));
    if (faults.length > 0) return faults;
    if (seen.has(idOf(rule))) return [{ index, property: 'code', key: 'twice' }];
    seen.add(idOf(rule));
    return [];
  });
}

/** The first thing that is wrong, as a sentence; undefined when nothing is. */
function problemIn(node, rules) {
  const [first] = faultsIn(rules);
  if (!first) return undefined;
  const problem = node._(`bms-alarm.fault.${first.key}`);
  return node._('bms-alarm.error.rule', { number: first.index + 1, problem });
}
