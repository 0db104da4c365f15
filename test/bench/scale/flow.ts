import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_PRESETS } from '../../../src/battery/alarm-presets';

/** Packs, each on a connection of its own with a bms-read and a bms-alarm, all of which send to one probe. */
export function flowOf(protocols: readonly string[], ports: readonly number[]): object[] {
  const packs = protocols.flatMap((protocol, pack) => {
    const port = String(ports[pack]);
    const device = `device${pack}`;
    return [
      { id: `line${pack}`, type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: port },
      // The probe knows a pack by the name of its device.
      { id: device, type: 'bms-device', name: String(pack), connection: `line${pack}`, protocol, pollInterval: '1' },
      { id: `read${pack}`, type: 'bms-read', z: 'tab', device, emit: 'poll', format: 'object', wires: [['probe']] },
      {
        ...{ id: `alarm${pack}`, type: 'bms-alarm', z: 'tab', device, includeDevice: true, wires: [['probe'], []] },
        rules: ALARM_PRESETS['lfp'],
      },
    ];
  });
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'probe', type: 'bench-probe', z: 'tab', wires: [] },
    ...packs,
  ];
}

/** A package with the probe, as Node-RED wants one. @returns its folder */
export function probePackage(): string {
  const folder = join(process.cwd(), '.cache', 'bench-probe');
  const description = { name: 'bench-probe', version: '1.0.0', 'node-red': { nodes: { 'bench-probe': 'probe.js' } } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
  writeFileSync(join(folder, 'probe.js'), `module.exports = require(${JSON.stringify(join(__dirname, 'probe.js'))});`);
  const definition = "{ category: 'config', defaults: {}, inputs: 1 }";
  const script = `RED.nodes.registerType('bench-probe', ${definition});`;
  writeFileSync(join(folder, 'probe.html'), `<script type="text/javascript">${script}</script>`);
  return folder;
}
