import assert from 'node:assert/strict';
import { BridgeMode } from '../../src/link/bridge-mode';

/** One connection: a request, perhaps an answer, and the end. @returns what is said of the end */
function connection(mode: BridgeMode, { asked = 0, answered = false, closed = 0 }): string {
  mode.opened();
  mode.wrote(asked);
  if (answered) mode.received(Buffer.from('dd', 'hex'));
  return mode.closed(closed, undefined).message;
}

describe('the mode of a bridge', () => {
  it('is in doubt only when it closes at requests three times in a row', () => {
    const atOnce = { asked: 0, closed: 999 };
    for (const other of [
      { asked: 0, closed: 1000 },
      { asked: 0, closed: 999, answered: true },
    ]) {
      const mode = new BridgeMode('bridge:1');
      const said = [atOnce, atOnce, other, atOnce, atOnce, atOnce].map((each) => connection(mode, each));
      assert.deepEqual(
        said.map((text) => /Modbus TCP/.test(text)),
        [false, false, false, false, false, true],
      );
    }
  });

  it('is not in doubt when it closes while nothing was asked', () => {
    const mode = new BridgeMode('bridge:1');
    for (let i = 0; i < 5; i++) {
      mode.opened();
      assert.doesNotMatch(mode.closed(10, undefined).message, /Modbus/);
    }
  });
});
