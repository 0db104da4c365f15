import type { Clock } from '../clock';
import type { AddressRange, Protocol } from '../codec/protocol';
import type { Bus } from './bus';
import { answersOnce, probeOf } from './detect';
import { needsOf } from './line-needs';

/** How often each address is asked: the first request may only wake its board. */
const ROUNDS = 2;

/** Browsers wait, but proxies in front of an editor give up after a minute. */
const LIMIT_MS = 50_000;

/** A range as long as this is asked whole; of a longer one only the first addresses, where people put their packs. */
const WHOLE_RANGE = 32;
const FIRST_ADDRESSES = 16;

export interface ScanOptions {
  bus: Bus;
  protocol: Protocol;
  clock: Clock;
  /** asked between requests; true ends the scan */
  isStopped(): boolean;
}

export interface Scan {
  /** the addresses that answered, rising */
  found: number[];
  /** the addresses that were asked, rising */
  asked: number[];
  /** the rate that the line had, bits per second; undefined where it has none, or the other end alone knows it */
  baudRate: number | undefined;
}

/**
 * Finds the addresses at which boards of a protocol answer, with requests that only read, as slow as polls and never
 * ahead of them. Each address is asked once, then those that were silent once more, until 50 s are over. The line is
 * brought to the protocol's rate only while no device has one of its own on it.
 * @throws BmsError what keeps the line from being used; `closed` when the scan was stopped
 */
export async function scanAddresses({ bus, protocol, clock, isStopped }: ScanOptions): Promise<Scan> {
  const owner = {};
  const baudRate = bus.setNeeds(owner, needsOf(protocol));
  // Not held: a device that starts meanwhile gets the line at its own rate.
  bus.clearNeeds(owner);
  const until = clock.monotonic() + LIMIT_MS;
  const asked = new Set<number>();
  const found = new Set<number>();

  const answers = async (address: number, attempt: number): Promise<boolean> => {
    const probe = probeOf(protocol, bus.isRadio);
    const asking = { bus, priority: 'poll', isStopped, tentative: true } as const;
    for (const query of probe) {
      if (!(await answersOnce(protocol, query, { address, memory: {} }, attempt, asking))) return false;
    }
    return probe.length > 0;
  };
  const ask = async (addresses: readonly number[]): Promise<void> => {
    for (let round = 1; round <= ROUNDS; round++) {
      for (const address of addresses) {
        if (found.has(address)) continue;
        if (clock.monotonic() >= until) return;
        asked.add(address);
        if (await answers(address, round)) found.add(address);
      }
    }
  };

  const { own, special } = addressesOf(protocol, bus.isRadio);
  await ask(own);
  // Whole groups of boards, or a master that sends by itself, may answer there: of use only where no board has an address of its own.
  if (found.size === 0) await ask(special);
  return { found: rising(found), asked: rising(asked), baudRate };
}

/**
 * The addresses to ask: those of boards, and those with a meaning of their own. Where a request for a board is the
 * same bytes as one of the latter, they are one.
 */
export function addressesOf(protocol: Protocol, isRadio = false): { own: number[]; special: readonly number[] } {
  const range = protocol.address;
  if (range === undefined) return { own: [], special: [] };
  const special = range.others ?? [];
  const firstRequest = (address: number): string | undefined =>
    probeOf(protocol, isRadio)[0]?.request({ address, memory: {} }).toString('hex');
  const requests = new Set(special.map(firstRequest));
  return { own: usual(range).filter((address) => !requests.has(firstRequest(address))), special };
}

function usual({ initial, min, max }: AddressRange): number[] {
  const count = max - min + 1 <= WHOLE_RANGE ? max - min + 1 : FIRST_ADDRESSES;
  const first = Array.from({ length: count }, (_, index) => min + index);
  return first.includes(initial) ? first : [initial, ...first];
}

function rising(numbers: ReadonlySet<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}
