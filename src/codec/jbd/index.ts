import type { AddressRange, Profile, Protocol } from '../protocol';
import { basic } from './basic';
import { basicAddressed } from './basic-addressed';
import { serveRegisters } from './board';
import { registerQuery } from './query';
import type { Register } from './register';
import { cells, counters, model } from './registers';
import { addressedWire, classicWire, type Wire } from './wire';

/** Pace of classic and addressed boards (jbd 8). The first request after a pause may only wake the board. */
const PROFILE: Profile = { baudRate: 9600, gapMs: 40, retryGapMs: 500, timeoutMs: 500, quietMs: 150, retries: 3 };

interface Variant {
  id: string;
  label: string;
  wire: Wire;
  registers: readonly Register[];
  address?: AddressRange;
  lenient: boolean;
}

function protocol({ id, label, wire, registers, address, lenient }: Variant): Protocol {
  return {
    id,
    label,
    profile: PROFILE,
    ...(address && { address }),
    frames: wire.frames,
    queries: registers.map((register) => registerQuery(wire, register, lenient)),
    serve: (request) => serveRegisters(wire, registers, address, request),
  };
}

/** The "General Protocol" of JBD, Xiaoxiang, LLT and Overkill Solar boards, V4 to V13 (jbd 3, 4). */
export const jbd: Protocol = protocol({
  id: 'jbd',
  label: 'JBD',
  wire: classicWire,
  registers: [basic, cells, counters, model],
  lenient: true,
});

/** The same registers with an address in front, for parallel-capable boards on one RS485 line (jbd 9). */
export const jbdAddressed: Protocol = protocol({
  id: 'jbd-addressed',
  label: 'JBD, addressed RS485',
  wire: addressedWire,
  registers: [basicAddressed, cells, model],
  address: { initial: 0, min: 0, max: 15 },
  lenient: false,
});
