import assert from 'node:assert/strict';
import { RouteMemory } from '../../../src/link/ble/route-memory';
import type { RoutedPort } from '../../../src/link/ble/route';

function wayTo(service: string, copy = 0): RoutedPort {
  const nothing = (): Promise<never> => Promise.reject(new Error('not used'));
  return { route: { service, notify: 'n', write: 'w' }, copy, subscribe: nothing, write: nothing };
}

describe('RouteMemory', () => {
  const [a, b, c] = [wayTo('a'), wayTo('b'), wayTo('b', 1)];
  let memory: RouteMemory;

  beforeEach(() => {
    memory = new RouteMemory();
  });

  function order(device = 'one'): RoutedPort[] {
    return memory.sorted(device, [a, b, c]);
  }

  it('keeps the order of what is not known', () => assert.deepEqual(order(), [a, b, c]));

  it('puts what has worked first, for its device', () => {
    memory.worked('one', c);
    assert.deepEqual(
      [order(), order('other')],
      [
        [c, a, b],
        [a, b, c],
      ],
    );
    memory.worked('one', b);
    assert.deepEqual(order(), [b, c, a]);
  });

  it('goes round those of which nothing comes', () => {
    memory.silent('one', a);
    assert.deepEqual(order(), [b, c, a]);
    memory.silent('one', b);
    memory.silent('one', c);
    assert.deepEqual(order(), [a, b, c]);
    memory.silent('one', a);
    assert.deepEqual(order(), [b, c, a]);
  });

  it('holds on to what has worked though nothing comes of it once, but not when it is refused', () => {
    memory.worked('one', b);
    memory.silent('one', b);
    assert.deepEqual(order(), [b, a, c]);
    memory.refused('one', b);
    assert.deepEqual(order(), [a, c, b]);
  });

  it('forgets devices that were not met for long', () => {
    memory.worked('one', b);
    for (let i = 0; i < 100; i++) memory.worked(`stranger ${i}`, b);
    assert.deepEqual(order(), [a, b, c]);
  });
});
