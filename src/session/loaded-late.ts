/*
 * Parts that are loaded when they are used first: what writes settings, by a Node-RED that writes none, never.
 */

/* eslint-disable @typescript-eslint/no-require-imports -- an import would load them with the session */

export const settingsRunners = () =>
  require('./settings/settings-runner') as typeof import('./settings/settings-runner');
