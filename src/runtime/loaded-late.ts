/*
 * Parts that are loaded when they are used first, and never where they are not: a third of what the nodes need, and of the time
 * that the package adds to the start of Node-RED.
 */

/* eslint-disable @typescript-eslint/no-require-imports -- an import would load them with the nodes */

export const bleLinks = () => require('../link/ble') as typeof import('../link/ble');
export const replayLinks = () => require('../link/replay') as typeof import('../link/replay');
export const simulatorLinks = () => require('./settings/simulator-link') as typeof import('./settings/simulator-link');

export const recorders = () =>
  require('./recordings/recorder-of-node') as typeof import('./recordings/recorder-of-node');

export const addressSearch = () => require('./dialogs/address-search') as typeof import('./dialogs/address-search');
export const bluetoothSearch = () =>
  require('./dialogs/bluetooth-search') as typeof import('./dialogs/bluetooth-search');
export const packTest = () => require('./dialogs/pack-test') as typeof import('./dialogs/pack-test');
export const recordingRequests = () =>
  require('./dialogs/recording-requests') as typeof import('./dialogs/recording-requests');
export const settingsRequests = () =>
  require('./dialogs/settings-requests') as typeof import('./dialogs/settings-requests');

export const settingsUsers = () => require('./settings-user') as typeof import('./settings-user');
export const unfinishedReports = () =>
  require('./settings-files/unfinished-report') as typeof import('./settings-files/unfinished-report');
