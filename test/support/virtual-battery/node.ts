import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../../src/clock';
import { VirtualBattery, type Value, type VirtualBatteryReport } from './battery';

interface Config extends NodeDef {
  default_values?: boolean;
  battery_voltage_preset?: string;
  include_battery_temperature?: boolean;
  start_disconnected?: boolean;
}

/** A node of the type of Victron's virtual device, a battery on no D-Bus (victron.md 1). */
export = function (RED: NodeAPI): void {
  const batteries = new Map<string, VirtualBattery>();
  RED.nodes.registerType('victron-virtual', function (this: Node, config: Config) {
    RED.nodes.createNode(this, config);
    const file = join(String(RED.settings.userDir), `virtual-battery-${this.id}.json`);
    const preset = Number(config.battery_voltage_preset ?? '24');
    const battery = new VirtualBattery({
      clock: systemClock,
      ...(config.default_values === false ? {} : { defaultVoltage: preset }),
      includeTemperature: config.include_battery_temperature === true,
      startDisconnected: config.start_disconnected === true,
      kept: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Value>) : {},
    });
    batteries.set(this.id, battery);
    this.on('input', (message, send, done) => {
      try {
        battery.receive({ ...message });
      } catch (error) {
        done(error as Error);
        return;
      }
      const passed = { ...message, connected: battery.isPresent };
      send(passed);
      done();
    });
    this.on('close', (done: () => void) => {
      writeFileSync(file, JSON.stringify(battery.kept));
      battery.close();
      batteries.delete(this.id);
      done();
    });
  });
  RED.httpAdmin.get('/virtual-battery/:id', (request, response) => {
    const battery = batteries.get(request.params['id'] ?? '');
    if (battery === undefined) response.sendStatus(404);
    else response.json(report(battery));
  });
};

function report({ isPresent, values, log, signals, history }: VirtualBattery): VirtualBatteryReport {
  return { isPresent, values: Object.fromEntries(values), log, signals, history };
}
