/** Whether a word is one of those offered; blank takes the default. */
function isChoice(value, choices) {
  return isBlank(value) || isEnv(value) || choices.includes(value);
}

/** Keeps a value that a select does not offer, such as an environment variable, instead of silently changing it. */
function keepValue(select, value) {
  if (isBlank(value) || select.find('option').is((_index, option) => option.value === value)) return;
  select.append($('<option>', { value, text: value })).val(value);
}
