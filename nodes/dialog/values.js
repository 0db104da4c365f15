/** Whether a value stands for an environment variable, which is seen at run time only. */
function isEnv(value) {
  return /^\$\{[^}]+\}$/.test(value);
}

function isBlank(value) {
  return value === undefined || value === null || String(value).trim() === '';
}

/** Whether a value is a number in a range, or stands for an environment variable. */
function isNumber(value, min, max, whole) {
  if (isEnv(value)) return true;
  const number = isBlank(value) ? NaN : Number(value);
  return number >= min && number <= max && (!whole || Number.isInteger(number));
}
