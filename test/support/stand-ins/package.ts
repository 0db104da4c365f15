import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Packages of nodes that a real Node-RED loads in place of those of others, which the registry of the tests does not have. Each is
 * the file that registers its types.
 */
const STAND_INS = {
  '@victronenergy/node-red-contrib-victron': { file: '../virtual-battery/node', types: ['victron-virtual'] },
  'node-red-contrib-modbus': { file: 'modbus', types: ['modbus-client', 'modbus-server', 'modbus-flex-write'] },
  'node-red-contrib-socketcan': { file: 'socketcan', types: ['socketcan-config', 'socketcan-in', 'socketcan-out'] },
  'openbms-recorder': { file: 'recorder', types: ['recorder'] },
} as const;

/** @returns the folder of the package, for `palettes` */
export function standIn(name: keyof typeof STAND_INS): string {
  const { file, types } = STAND_INS[name];
  const folder = join(process.cwd(), '.cache', 'stand-ins', name);
  mkdirSync(folder, { recursive: true });
  const about = { name, version: '1.0.0', 'node-red': { nodes: { 'stand-in': 'nodes.js' } } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  writeFileSync(join(folder, 'nodes.js'), `module.exports = require(${JSON.stringify(join(__dirname, file))});`);
  // Node-RED loads no file without one.
  const definitions = types.map((type) => `RED.nodes.registerType('${type}', { category: 'function', defaults: {} });`);
  writeFileSync(join(folder, 'nodes.html'), `<script type="text/javascript">${definitions.join('\n')}</script>`);
  return folder;
}

/** Those of the palettes that examples need and the registry of the tests does not have. */
export function examplePalettes(): string[] {
  return [
    standIn('@victronenergy/node-red-contrib-victron'),
    standIn('node-red-contrib-modbus'),
    standIn('node-red-contrib-socketcan'),
  ];
}
