/**
 * Shows on a button that what it has begun still runs. The button keeps the focus, so it is not disabled: it has the
 * class `disabled`, and is to do nothing meanwhile.
 * @returns what makes it as it was
 */
function busy(button) {
  const icon = button.find('i');
  const usual = icon.attr('class');
  button.addClass('disabled').attr('aria-disabled', 'true');
  icon.attr('class', 'fa fa-spinner fa-spin');
  return () => {
    button.removeClass('disabled').removeAttr('aria-disabled');
    icon.attr('class', usual);
  };
}
