import { SimulatedPack } from '../../src/simulator/pack';
import type { Protocol, Query } from '../../src/codec/protocol';
import { FakeClock } from './fake-clock';
import { answer, loadVectors, queryOf } from './vectors';

/** What boards have answered to the queries of a protocol: simulated ones, and those of the captures. */
export function exchangesOf(protocol: Protocol): Map<Query, Buffer>[] {
  const captured = loadVectors(folderOf(protocol)).map((vector) => {
    const answers = new Map<Query, Buffer>();
    for (const { tx, rx } of vector.exchanges) {
      const query = queryOf(protocol, tx, vector.address, {})?.query;
      if (query !== undefined) answers.set(query, Buffer.from(rx.join(''), 'hex'));
    }
    const [first] = protocol.queries;
    if (vector.unsolicited && first) answers.set(first, Buffer.from(vector.unsolicited.join(''), 'hex'));
    return answers;
  });
  return [...[4, 8, 16, 24].map((cells) => simulated(protocol, cells)), ...captured].filter(({ size }) => size > 0);
}

function folderOf({ id }: Protocol): string {
  return id === 'jbd-addressed' || id === 'jbd-up16s' ? 'jbd' : id;
}

function simulated(protocol: Protocol, cells: number): Map<Query, Buffer> {
  const clock = new FakeClock();
  const pack = new SimulatedPack({ cells, chemistry: 'lfp', scenario: 'day', speed: 1, seed: cells, clock });
  const address = protocol.address?.initial ?? 0;
  const answers = new Map<Query, Buffer>();
  let memory: object = {};
  for (const query of protocol.queries) {
    const target = { address, memory };
    if (query.applies?.(target) === false) continue;
    const bytes = protocol.emulate(query.request(target))?.answer(pack.read());
    if (bytes === undefined) continue;
    answers.set(query, bytes);
    memory = answer(protocol, query, target, [bytes]).memory;
  }
  return answers;
}
