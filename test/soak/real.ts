import { setTimeout as wait } from 'node:timers/promises';
import { systemClock as clock } from '../../src/clock';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import type { Link } from '../../src/link/link';
import { SerialLink } from '../../src/link/serial';
import { TcpLink } from '../../src/link/tcp';
import { integer, seeded } from '../../src/simulator/seeded';
import { ServedBoard, boardOnCable } from '../support/served-board';
import { assertEnded, PACKS, soak } from './soak';
import { cellsOf, SoakedPack } from './soaked-pack';

/** As long as scripts/soak.mjs says. */
const LENGTH_MS = Number(process.env['OPENBMS_SOAK_MS']);

/** The longest time for which something is wrong, and between two boards that lose their power, ms. */
const LONGEST_MS = 5000;

/** JK's radio protocol is spoken over no cable. */
const WIRED = PROTOCOLS.filter(({ id }) => id !== 'jk-ble');

/** A board at the other end of a cable or a network, which may lose its power. */
interface End {
  line(): Link;
  off(): Promise<void>;
  on(): Promise<unknown>;
  close(): Promise<void>;
}

describe('a soak over sockets and terminals', function () {
  this.timeout(0);

  it(`keeps ${PACKS} packs going for ${LENGTH_MS / 1000} s, and grows in nothing`, async () => {
    const protocols = Array.from({ length: PACKS }, (_, i) => WIRED[i % WIRED.length]).filter(
      (one) => one !== undefined,
    );
    // Each protocol once over a cable, and once through a bridge.
    const ends = await Promise.all(protocols.map((one, i) => (i < WIRED.length ? cable(one) : bridge(one))));
    const packs = protocols.map((protocol, seed) => {
      const line = (): Link => (ends[seed] as End).line();
      const pace = { pollIntervalMs: 1000, longestMs: LONGEST_MS };
      return new SoakedPack({ clock, protocol, seed, isRadio: false, ...pace, line });
    });
    const over = new AbortController();
    const cuts = cutPower(ends, over.signal);
    await soak({
      ...{ packs, clock, lengthMs: LENGTH_MS, wishEveryMs: 1000, longestSilenceMs: 120_000 },
      pass: (ms) => wait(ms),
    });
    over.abort();
    await cuts;
    await Promise.all(packs.map((pack) => pack.end()));
    await Promise.all(ends.map((end) => end.close()));
    assertEnded(packs);
  });
});

/** One board after the other loses its power for a while. */
async function cutPower(ends: readonly End[], over: AbortSignal): Promise<void> {
  const draw = seeded(2);
  while (!over.aborted) {
    const end = ends[integer(draw, 0, ends.length - 1)];
    await wait(integer(draw, 0, LONGEST_MS));
    await end?.off();
    await wait(integer(draw, 0, LONGEST_MS));
    await end?.on();
  }
}

async function bridge(protocol: Protocol): Promise<End> {
  const board = await new ServedBoard(protocol, cellsOf(protocol)).listen();
  const close = (): Promise<void> => board.close();
  return {
    line: () => new TcpLink({ host: '127.0.0.1', port: board.port, clock: clock }),
    off: close,
    on: () => board.listen(),
    close,
  };
}

function cable(protocol: Protocol): Promise<End> {
  const wire = boardOnCable(protocol, cellsOf(protocol));
  return Promise.resolve({
    line: () => new SerialLink(wire.path, clock),
    off: () => Promise.resolve(wire.pullOut()),
    on: () => Promise.resolve(wire.plugIn()),
    close: () => Promise.resolve(wire.close()),
  });
}
