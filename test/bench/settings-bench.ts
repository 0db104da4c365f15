import { systemClock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { Device } from '../../src/session/device';
import { median, pause } from './figures';
import { PacedLine, type WireShare } from './paced-line';

const READS = 5;

/** What a read of all settings takes. */
export interface SettingsRow extends WireShare {
  protocol: string;
  baudRate: number;
  /** settings that are known then */
  keys: number;
  /** median of a read */
  readMs: number;
  /** read / (wire + gaps) */
  ratio: number;
}

/** Reads all settings of a board over a pseudo-terminal paced to the protocol's own rate. */
async function measure(protocol: Protocol): Promise<SettingsRow> {
  const { baudRate, gapMs } = protocol.profile;
  const line = await PacedLine.to(protocol);
  const clock = systemClock;
  const { bus } = line;
  const address = protocol.address?.initial;
  const device = new Device({ name: protocol.id, bus, protocol, address, pollIntervalMs: 0, clock });
  device.start();
  bus.open();
  await device.readSettings();
  const before = await line.traffic();
  const times: number[] = [];
  let keys = 0;
  for (let i = 0; i < READS; i++) {
    // The gap after the last answer is over before the next read begins: it is not part of a read.
    await pause(gapMs + 5);
    const start = clock.monotonic();
    const { document } = await device.readSettings();
    times.push(clock.monotonic() - start);
    const { settings, identity, calibration, link, state } = document;
    keys = Object.keys({ ...settings, ...identity, ...calibration, ...link, ...state }).length;
  }
  const share = await line.shareSince(before, READS);
  device.stop();
  await line.close();
  const readMs = median(times);
  return { protocol: protocol.id, baudRate, keys, ...share, readMs, ratio: readMs / (share.wireMs + share.gapsMs) };
}

/** Measures whole reads of the settings of all boards that have some, and prints the table. */
export async function benchSettings(protocols: readonly Protocol[]): Promise<SettingsRow[]> {
  const rows: SettingsRow[] = [];
  for (const protocol of protocols) if (protocol.settings !== undefined) rows.push(await measure(protocol));
  console.log('\nAll settings on a pseudo-terminal paced to the wire; ratio = read / (wire + gaps).');
  console.table(
    rows.map(({ protocol, baudRate, keys, requests, bytes, wireMs, gapsMs, readMs, ratio }) => ({
      protocol,
      baud: baudRate,
      keys,
      requests,
      bytes,
      'wire ms': wireMs.toFixed(1),
      'gaps ms': gapsMs,
      'read ms': readMs.toFixed(1),
      ratio: ratio.toFixed(3),
    })),
  );
  return rows;
}
