import assert from 'node:assert/strict';
import type { Protocol } from '../../src/codec/protocol';
import { PROTOCOLS, type ProtocolId } from '../../src/codec/registry';
import type { Link } from '../../src/link/link';
import { Bus } from '../../src/session/bus';
import { detect, probeOf } from '../../src/session/detect';
import { usualAddresses } from '../../src/session/line-needs';
import { kitOf } from '../kits';
import { boardOf } from '../support/device-line';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink, type Script } from '../support/scripted-link';
import { WITNESSES } from '../witness/boards';
import { WitnessLine } from '../witness/line';

/** What a protocol is asked for to be found on a wire. */
function probesOf(protocol: Protocol): Buffer[] {
  return usualAddresses(protocol, false).flatMap((address) =>
    probeOf(protocol, false).flatMap((query) =>
      [1, 2].map((attempt) => query.request({ address, memory: {} }, attempt)),
    ),
  );
}

const startsOf = (protocol: Protocol): Set<number | undefined> => new Set(probesOf(protocol).map(([start]) => start));

/** A board that waits for the rest of whatever begins as its own requests do, and never forgets. */
function patient(protocol: Protocol, script: Script): Script {
  const starts = startsOf(protocol);
  const longest = Math.max(...probesOf(protocol).map(({ length }) => length));
  let heard = Buffer.alloc(0);
  return (bytes, reply) => {
    heard = Buffer.concat([heard, bytes]);
    while (heard.length > 0) {
      const lengths = Array.from({ length: Math.min(heard.length, longest) }, (_, i) => i + 1);
      const length = lengths.find((each) => protocol.emulate(heard.subarray(0, each)) !== undefined);
      if (length !== undefined) script(Buffer.from(heard.subarray(0, length)), reply);
      else if (starts.has(heard[0]) && heard.length < longest) return;
      heard = heard.subarray(length ?? 1);
    }
  };
}

/** A line with one board: of the witness where there is one, as that reads lengths out of requests. */
function lineTo(clock: FakeClock, protocol: Protocol): Link {
  const witness = WITNESSES[protocol.id]?.({ clock, forgetsAfterMs: Infinity });
  if (witness !== undefined) return new WitnessLine(clock).hang(witness);
  const hears = (address: number): boolean => address === usualAddresses(protocol, false)[0];
  return new ScriptedLink(clock, patient(protocol, boardOf(clock, protocol, { hears }).script));
}

describe('the order in which an unknown board is asked', () => {
  for (const [place, protocol] of PROTOCOLS.entries()) {
    const { id } = protocol;

    it(`${id}: other boards answer after its requests, also such as never forget what they have heard`, async () => {
      for (const other of PROTOCOLS.filter((each) => each !== protocol)) {
        const clock = new FakeClock();
        const bus = new Bus({ link: lineTo(clock, other), clock });
        bus.open();
        const search = { bus, protocols: [protocol, other], address: undefined, owner: bus };
        const found = detect({ ...search, priority: 'request', isStopped: () => false }).then(
          (board) => board.protocol.id,
          String,
        );
        await clock.tick(30_000);
        assert.equal(await found, other.id, `after the requests of ${id}`);
      }
    });

    it(`${id}: of those whose requests begin with the same byte, the newer is asked after the older`, () => {
      const isAlike = (other: Protocol): boolean => [...startsOf(other)].some((start) => startsOf(protocol).has(start));
      for (const [at, other] of PROTOCOLS.entries()) {
        const [older, newer] = at < place ? [other, protocol] : [protocol, other];
        assert.equal(
          kitOf(newer).askedAfter?.includes(older.id as ProtocolId) ?? false,
          at !== place && isAlike(other),
          `${older.id} is asked before ${newer.id}: the newer stands behind the older in src/codec/registry.ts, and names it in askedAfter of its kit`,
        );
      }
    });
  }
});
