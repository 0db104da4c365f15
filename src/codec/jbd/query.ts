import type { Query } from '../untyped';
import { refusal } from './refusal';
import type { Register } from './register';
import { READ, type Wire } from './wire';

/**
 * The query for one register.
 * @param lenient whether a reply with a5 in place of its register is taken, as one old board sends it (jbd.md 3, 12)
 */
export function registerQuery(wire: Wire, register: Register, lenient: boolean): Query {
  return {
    name: register.name,
    group: register.group,
    optional: register.optional ?? false,
    request: (target) => wire.build(target.address, READ, register.number),
    match(frame, _parts, target) {
      if (wire.addressOf(frame) !== target.address) return 'foreign';
      const head = wire.headOf(frame);
      const status = wire.tailOf(frame);
      if (head === register.number) return status === 0 ? 'complete' : refusal(status, register.name);
      // The echo of our own request is a valid reply of register a5, with the register asked as its status and
      // without data. A reply that really came from the board has status 00 and data that fit.
      const old = lenient && head === READ && status === 0;
      return old && register.plausible(wire.dataOf(frame)) ? 'complete' : 'foreign';
    },
    decode([frame]) {
      return { reading: register.decode(frame === undefined ? Buffer.alloc(0) : wire.dataOf(frame)) };
    },
  };
}
