import { antLegacy } from '../../../src/codec/ant-legacy';
import { ant } from '../../../src/codec/ant';
import { daly } from '../../../src/codec/daly';
import { dalyModbus } from '../../../src/codec/daly-modbus';
import { jbd } from '../../../src/codec/jbd';
import { jkBle } from '../../../src/codec/jk-ble';
import type { Protocol } from '../../../src/codec/protocol';
import { BleLink } from '../../../src/link/ble';
import type { BleLimits } from '../../../src/link/ble/limits';
import { Radio, type RadioOptions } from '../../../src/link/ble/radio';
import type { Channel, OpenOptions } from '../../../src/link/link';
import { SimulatedPack } from '../../../src/simulator/pack';
import { Ear } from '../ear';
import { FakeClock } from '../fake-clock';
import { patientClock } from '../patient-clock';
import type { Adapter } from './adapter';
import { VirtualBms, type BmsOptions } from './bms';
import type { ControllerOptions } from './controller';
import { adapterFor } from './library';
import { MODULES, type Module, type ModuleName } from './modules';

/** Long enough for a busy machine to do what it should: tests shorten only what shall not happen. */
const PATIENT: Partial<BleLimits> = {
  powerOnMs: 4000,
  scanSwitchMs: 4000,
  sightMs: 4000,
  connectMs: 4000,
  discoverMs: 4000,
  subscribeMs: 4000,
  writeMs: 4000,
  disconnectMs: 4000,
};

/** For what does not happen. */
export const SHORT_MS = 150;

/** The protocol that boards behind each module speak. */
export const SPOKEN: Readonly<Record<ModuleName, Protocol>> = {
  jbd,
  jbdLarge: jbd,
  jbdDh04: jbd,
  daly,
  dalyModbus,
  dalyNew: dalyModbus,
  ant,
  antLegacy,
  jkOld: jkBle,
  jkNew: jkBle,
};

export function addressOf(last: number): string {
  return `a4:c1:38:00:00:${last.toString(16).padStart(2, '0')}`;
}

/** @param last of its address, and the seed of its content */
export function bmsAt(last: number, options: Partial<BmsOptions> = {}): VirtualBms {
  const clock = new FakeClock();
  const pack = new SimulatedPack({ cells: 4, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: last, clock });
  const { module = 'jbd' } = options;
  const protocol = typeof module === 'string' ? SPOKEN[module] : jbd;
  return new VirtualBms({ address: addressOf(last), module, protocol, pack, clock, ...options });
}

export function optionsFor(module: ModuleName | Module): OpenOptions {
  const { service, notify, write } = typeof module === 'string' ? MODULES[module] : module;
  return { baudRate: 9600, routes: [{ service, notify: notify.uuid, write: write.uuid }] };
}

/** A host with a Bluetooth adapter, and batteries within its reach. */
export class Station {
  readonly adapter: Adapter;
  readonly radio: Radio;
  private readonly channels: Channel[] = [];

  constructor(
    peripherals: readonly VirtualBms[],
    {
      controller,
      limits,
      ...radio
    }: { controller?: ControllerOptions; limits?: Partial<BleLimits> } & Partial<RadioOptions> = {},
  ) {
    this.adapter = adapterFor({ advertisingMs: 10, ...controller });
    this.adapter.controller.add(...peripherals);
    const adapter = { driver: 'hci', adapter: this.adapter.name } as const;
    this.radio = new Radio({ adapter, clock: patientClock, limits: { ...PATIENT, lifeMs: 50, ...limits }, ...radio });
  }

  link(device: string): BleLink {
    return new BleLink(device, { driver: 'hci', adapter: '' }, patientClock, () => this.radio);
  }

  /** From now on everything may take its time. */
  bePatient(): void {
    Object.assign(this.radio.limits, PATIENT);
  }

  /** Opens a link; the channel is closed at the end of the test. */
  async open(
    link: BleLink,
    module: ModuleName | Module = 'jbd',
    ear = new Ear(),
  ): Promise<{ channel: Channel; ear: Ear }> {
    const channel = await link.open(ear, optionsFor(module));
    this.channels.push(channel);
    return { channel, ear };
  }

  async close(): Promise<void> {
    await Promise.all(this.channels.map((channel) => channel.close()));
    await this.adapter.close();
  }
}
