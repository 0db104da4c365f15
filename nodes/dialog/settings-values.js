/**
 * What was typed for a setting, as its value; undefined where it cannot be one.
 * @param never the word for null
 */
function typedSetting({ type, range }, text, never) {
  if (text.toLowerCase() === never.toLowerCase()) return null;
  if (type === 'boolean') return text === 'true';
  if (type === 'string') return text;
  const numbers = (type === 'number[]' ? text.split(/[\s,;]+/) : [text.replace(',', '.')]).map(Number);
  if (numbers.some((number) => !Number.isFinite(number))) return undefined;
  if (type === 'number[]') return numbers;
  const isInRange = !range || (numbers[0] >= range[0] && numbers[0] <= range[1]);
  return isInRange ? numbers[0] : undefined;
}

/** The text with which a value is typed. */
function textToType({ value, text }) {
  return typeof value === 'boolean' || typeof value === 'string' ? String(value) : text;
}

/** A value with its unit. */
function withUnit(text, unit) {
  return unit === '' ? text : `${text} ${unit}`;
}
