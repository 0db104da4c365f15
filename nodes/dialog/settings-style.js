/** How the settings look, in the colours of the theme. */
const SETTINGS_STYLE = `
  .bms-settings { display: flex; flex-direction: column; gap: 8px; height: 100%; box-sizing: border-box; margin: 0; padding: 4px; }
  .bms-settings [hidden] { display: none; }
  .bms-settings-bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
  .bms-settings .bms-settings-bar input[type='search'] { flex: 1 1 150px; width: auto; min-width: 110px; margin: 0; }
  .bms-settings .bms-settings-bar select { flex: 0 1 225px; width: auto; min-width: 0; margin: 0; }
  .bms-settings label { width: auto; margin: 0; }
  .bms-settings input[type='checkbox'] { width: auto; margin: 0 5px 0 0; vertical-align: baseline; }
  .bms-settings progress { flex: 1 1 auto; }
  .bms-settings-scroll { flex: 1 1 auto; min-height: 120px; overflow: auto; border: 1px solid var(--red-ui-secondary-border-color); }
  .bms-settings table { width: 100%; border-collapse: collapse; }
  .bms-settings th, .bms-settings td { padding: 2px 6px; text-align: left; vertical-align: middle; font-weight: normal; }
  .bms-settings td { border-top: 1px solid var(--red-ui-tertiary-border-color); }
  .bms-settings tbody th { border-top: 1px solid var(--red-ui-tertiary-border-color); }
  .bms-settings thead th { position: sticky; top: 0; z-index: 1; font-weight: bold; background: var(--red-ui-secondary-background); }
  .bms-settings .bms-settings-group { font-weight: bold; background: var(--red-ui-tertiary-background); }
  .bms-settings code { padding: 0; border: 0; background: none; color: inherit; font-size: 11px; white-space: normal; }
  .bms-settings td input[type='text'], .bms-settings td select { width: 76px; margin: 0; box-sizing: border-box; }
  .bms-settings-changed th:first-child { box-shadow: inset 4px 0 var(--red-ui-text-color-link, var(--red-ui-link-color)); }
  .bms-settings-differs .bms-settings-there { font-weight: bold; text-decoration: underline; }
  .bms-settings-mark { display: inline-block; padding: 0 4px; border: 1px solid currentColor; border-radius: 3px; font-size: 11px; }
  .bms-settings .form-tips { margin: 0; max-width: none; }
  .bms-settings .form-tips + .form-tips { margin-top: 6px; }
  .bms-settings ul { margin: 0 0 0 18px; }
  .bms-settings h4 { margin: 0; font-size: 14px; }
  .bms-settings :focus-visible { outline: 2px solid var(--red-ui-form-input-focus-color); outline-offset: 1px; }
`;

/** Puts the style on the page, once. */
function styleSettings() {
  if ($('#bms-settings-style').length === 0)
    $('<style>', { id: 'bms-settings-style', text: SETTINGS_STYLE }).appendTo('head');
}
