/** Options of a select, and one for a value that is not among them: never change it behind the user's back. */
function fill(select, options, value) {
  select.empty();
  for (const [key, text] of options) select.append($('<option>', { value: key, text }));
  if (!isBlank(value) && !options.some(([key]) => key === value)) {
    select.append($('<option>', { value, text: value }));
  }
  return select.val(value);
}

function fieldOptions(node, fields = known.fields) {
  return fields.map(({ key, unit }) => {
    const name = node._(`bms-alarm.quantity.${key}`);
    return [key, unit ? `${name} (${unit}): ${key}` : `${name}: ${key}`];
  });
}

/** One rule of the list; the inputs are found again by their property. */
function addRow(node, container, rule) {
  const named = (element, property) =>
    element
      .addClass(`bms-alarm-${property}`)
      .attr({ 'aria-label': node._(`bms-alarm.rule.${property}`), title: node._(`bms-alarm.rule.${property}`) });
  const line = () => $('<div>').css({ display: 'flex', gap: '6px', alignItems: 'center' }).appendTo(container);
  const word = (key) => $('<span>').text(node._(`bms-alarm.word.${key}`));
  const text = (property, css) =>
    named($('<input type="text">'), property)
      .css(css)
      .attr('placeholder', node._(`bms-alarm.hint.${property}`))
      .val(isBlank(rule[property]) ? '' : rule[property]);
  const select = (property, options, css) => named(fill($('<select>'), options, rule[property]), property).css(css);
  const wide = WIDE;

  container.css({ display: 'flex', flexDirection: 'column', gap: '6px' });
  line().append(
    select('field', fieldOptions(node), wide),
    select(
      'operator',
      OPERATORS.map((operator) => [operator, operator]),
      { width: '50px' },
    ),
    text('limit', { width: '75px' }),
  );
  line().append(
    word('clear'),
    text('clear', { width: '75px' }),
    word('hold'),
    text('hold', { width: '60px' }),
    word('seconds'),
    select(
      'level',
      LEVELS.map((level) => [level, node._(`bms-alarm.level.${level}`)]),
      wide,
    ),
  );
  showCondition(node, line(), rule.onlyWhile);
  line().append(text('code', wide), text('message', { ...wide, flex: '2 1 160px' }));
  const remove = container.siblings('.red-ui-editableList-item-remove');
  remove.attr('aria-label', RED._('editor:common.label.delete'));
  container.on('change input', () => showProblem(node));
}

function ruleIn(row) {
  const value = (property) => row.find(`.bms-alarm-${property}`).val() ?? '';
  return {
    code: String(value('code')).trim(),
    field: value('field'),
    operator: value('operator'),
    limit: numberOrText(value('limit')),
    clear: numberOrText(value('clear')),
    hold: numberOrText(value('hold')),
    level: value('level'),
    message: String(value('message')).trim(),
    ...conditionIn(row),
  };
}
