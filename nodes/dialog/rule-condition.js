/** Takes the room that is left in a line. */
const WIDE = { flex: '1 1 120px', minWidth: 0, width: 'auto' };

/** What a new condition of a rule begins with. */
const NEW_CONDITION = { field: 'cellVoltageMax', operator: '>', limit: '' };

/**
 * The line for `onlyWhile` of a rule: its fields with a button that removes them, or a button that adds them.
 * @param condition blank where the rule has none; what is none stays as it is until another one is added
 */
function showCondition(node, line, condition) {
  // jQuery takes undefined for a question.
  line.empty().data('condition', condition ?? null);
  if (typeof condition === 'object' && condition !== null) line.append(conditionFields(node, line, condition));
  else line.append(conditionButton(node, line));
}

function conditionButton(node, line) {
  const button = $('<button>', { type: 'button', class: 'red-ui-button red-ui-button-small bms-alarm-addWhile' });
  button.append($('<i>', { class: 'fa fa-plus', 'aria-hidden': 'true' }), ` ${node._('bms-alarm.word.addWhile')}`);
  return button.on('click', () => {
    showCondition(node, line, NEW_CONDITION);
    line.find('.bms-alarm-whileField').trigger('focus');
    showProblem(node);
  });
}

function conditionFields(node, line, { field, operator, limit }) {
  const named = (element, property) => {
    const name = node._(`bms-alarm.rule.${property}`);
    return element.addClass(`bms-alarm-${property}`).attr({ 'aria-label': name, title: name });
  };
  const signs = OPERATORS.map((sign) => [sign, sign]);
  const remove = $('<button>', { type: 'button', class: 'red-ui-button red-ui-button-small' });
  remove.append($('<i>', { class: 'fa fa-remove', 'aria-hidden': 'true' })).on('click', () => {
    showCondition(node, line, undefined);
    line.find('button').trigger('focus');
    showProblem(node);
  });
  return [
    $('<span>', { text: node._('bms-alarm.word.while') }),
    named(fill($('<select>'), fieldOptions(node, singleFields()), field), 'whileField').css(WIDE),
    named(fill($('<select>'), signs, operator), 'whileOperator').css({ width: '50px' }),
    named($('<input type="text">'), 'whileLimit')
      .css({ width: '75px' })
      .attr('placeholder', node._('bms-alarm.hint.limit'))
      .val(isBlank(limit) ? '' : limit),
    named(remove, 'removeWhile'),
  ];
}

/** `{ onlyWhile }` as it stands in a row, or nothing. */
function conditionIn(row) {
  const fields = row.find('.bms-alarm-whileField');
  if (fields.length > 0) {
    const value = (property) => row.find(`.bms-alarm-${property}`).val() ?? '';
    const limit = numberOrText(value('whileLimit'));
    return { onlyWhile: { field: fields.val(), operator: value('whileOperator'), limit } };
  }
  const kept = { onlyWhile: row.find('.bms-alarm-addWhile').parent().data('condition') };
  return hasCondition(kept) ? kept : {};
}
