/** How the dialog of the limits looks, in the colours of the theme. */
const LIMITS_STYLE = `
  .bms-limits-row { display: flex; align-items: center; gap: 8px; }
  .bms-limits-row label { flex: 1 1 auto; width: auto !important; margin: 0; }
  .bms-limits-row input[type='text'] { flex: none; width: 110px !important; }
  .bms-limits-row select { flex: none; width: 290px !important; max-width: 60%; }
  .bms-limits-row input[type='checkbox'] { flex: none; width: auto; margin: 0; }
  .bms-limits-part { margin-bottom: 8px; padding: 4px 8px; border: 1px solid var(--red-ui-secondary-border-color); border-radius: 4px; }
  .bms-limits-part > summary { padding: 4px 0; cursor: pointer; font-weight: bold; }
  .bms-limits-part[open] > summary { margin-bottom: 6px; }
  .bms-limits-part .form-row:last-child { margin-bottom: 4px; }
  .bms-limits-points { display: flex; gap: 16px; flex-wrap: wrap; }
  .bms-limits-points fieldset { flex: 1 1 170px; min-width: 0; margin: 0; padding: 0; border: 0; }
  .bms-limits-points legend { margin: 0 0 4px; border: 0; font-size: 14px; font-weight: bold; color: inherit; line-height: inherit; }
  .bms-limits-columns { margin-bottom: 4px; font-size: 12px; }
  #bms-limits-source, #bms-limits-problem, #dialog-form .bms-limits-tip { max-width: none; }
  .bms-limits-point { display: flex; gap: 6px; align-items: center; margin-bottom: 4px; }
  .bms-limits-point input { flex: 1 1 50px; width: auto !important; min-width: 0; margin: 0 !important; box-sizing: border-box; }
  #bms-limits-plot { display: block; width: 100%; max-width: 520px; height: auto; margin: 4px 0 8px; color: var(--red-ui-primary-text-color); }
  #bms-limits-plot text { fill: currentColor; font-size: 11px; font-family: inherit; }
  .bms-limits-axis { stroke: currentColor; stroke-opacity: 0.5; fill: none; }
  .bms-limits-grid { stroke: currentColor; stroke-opacity: 0.15; fill: none; }
  .bms-limits-mark { stroke: currentColor; stroke-opacity: 0.6; stroke-dasharray: 2 3; fill: none; }
  .bms-limits-charge { stroke: var(--red-ui-text-color-success, currentColor); stroke-width: 2; fill: none; }
  .bms-limits-discharge { stroke: var(--red-ui-text-color-link, currentColor); stroke-width: 2; stroke-dasharray: 7 4; fill: none; }
  .bms-limits-now { stroke: var(--red-ui-secondary-background); stroke-width: 1.5; fill: var(--red-ui-text-color-error, currentColor); }
  #dialog-form .bms-limits-part :focus-visible { outline: 2px solid var(--red-ui-form-input-focus-color); outline-offset: 1px; }
`;

/** Puts the style on the page, once. */
function styleLimits() {
  if ($('#bms-limits-style').length === 0)
    $('<style>', { id: 'bms-limits-style', text: LIMITS_STYLE }).appendTo('head');
}
