import { PROTOCOLS } from '../../src/codec/registry';
import { SimulatedPack } from '../../src/simulator/pack';
import { FakeClock } from '../support/fake-clock';
import { Choices } from './choices';
import { assertCleanPrototypes } from './contract';
import { sealed } from '../kits';
import type { FuzzTarget } from './target';

/** Requests of anybody to the simulated boards. */
export const boardTarget: FuzzTarget = {
  name: 'simulator/requests',
  seeds: () =>
    PROTOCOLS.flatMap(({ queries, address }, i) =>
      queries.map((query) =>
        Buffer.concat([Buffer.from([i, 0]), query.request({ address: address?.initial ?? 0, memory: {} })]),
      ),
    ),
  run(input) {
    const choices = new Choices(input);
    const protocol = PROTOCOLS[choices.below(PROTOCOLS.length)];
    const isSealed = choices.flag();
    if (protocol === undefined) return;
    const clock = new FakeClock();
    const pack = new SimulatedPack({ cells: 16, chemistry: 'lfp', scenario: 'steady', speed: 1, seed: 1, clock });
    const bytes = Buffer.from(input.subarray(2));
    const request = isSealed ? sealed(protocol, bytes, bytes) : bytes;
    for (let i = 0; i < 2; i++) protocol.emulate(request)?.answer(pack.read(), pack);
    assertCleanPrototypes();
  },
};
