import { systemClock } from '../../src/clock';
import type { Protocol } from '../../src/codec/protocol';
import { Reader } from '../../src/session/reader';
import { median, pause } from './figures';
import { PacedLine, type WireShare } from './paced-line';

const READS = 20;

/** What one poll takes. */
export interface WireRow extends WireShare {
  protocol: string;
  baudRate: number;
  /** median of a poll */
  cycleMs: number;
  /** (cycle - gaps) / wire */
  ratio: number;
}

/** Polls a board over a pseudo-terminal paced to the protocol's own rate. */
async function measure(protocol: Protocol): Promise<WireRow> {
  const { baudRate, gapMs } = protocol.profile;
  const line = await PacedLine.to(protocol);
  const clock = systemClock;
  const { bus } = line;
  const address = protocol.address?.initial ?? 0;
  const { profile } = protocol;
  const reader = new Reader({ bus, protocol, address, profile, clock, onRetrying: () => undefined });
  reader.start();
  bus.open();
  for (let poll = 0; poll < 3; poll++) await readAfresh(protocol, reader);
  const before = await line.traffic();
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    // The gap after the last answer is over before the next read begins: it is not part of a read.
    await pause(gapMs + 5);
    const start = clock.monotonic();
    await readAfresh(protocol, reader);
    times.push(clock.monotonic() - start);
  }
  const share = await line.shareSince(before, READS);
  await line.close();
  const cycleMs = median(times);
  return { protocol: protocol.id, baudRate, ...share, cycleMs, ratio: (cycleMs - share.gapsMs) / share.wireMs };
}

/** Reads as a poll does; from a board that sends by itself, as the first poll of a connection, which asks. */
async function readAfresh(protocol: Protocol, reader: Reader): Promise<void> {
  if (SENDS_BY_ITSELF.has(protocol.id)) reader.start();
  await reader.read('due', 'request');
}

const SENDS_BY_ITSELF = new Set(['jk-ble']);

/** Measures polls on the wire and prints the table. */
export async function benchWire(protocols: readonly Protocol[]): Promise<WireRow[]> {
  const rows: WireRow[] = [];
  for (const protocol of protocols) rows.push(await measure(protocol));
  console.log('\nOne poll of 16 cells on a pseudo-terminal paced to the wire; ratio = (cycle - gaps) / wire.');
  console.table(
    rows.map(({ protocol, baudRate, requests, bytes, wireMs, gapsMs, cycleMs, ratio }) => ({
      protocol,
      baud: baudRate,
      requests,
      bytes,
      'wire ms': wireMs.toFixed(1),
      'gaps ms': gapsMs,
      'cycle ms': cycleMs.toFixed(1),
      ratio: ratio.toFixed(3),
    })),
  );
  return rows;
}
