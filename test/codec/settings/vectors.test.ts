import assert from 'node:assert/strict';
import { protocolById } from '../../../src/codec';
import { nameOf, replays, type Replay } from '../../support/settings/replay';
import { settingsVectors, type SettingsVector } from '../../support/settings/vectors';

/** Protocols with vectors whose settings are not described yet; this list only shrinks. */
const NOT_YET: readonly string[] = [];

function check(replay: Replay, vector: SettingsVector): void {
  const { settings, written } = vector.expect;
  assert.ok(
    settings ?? vector.after ?? written,
    'nothing here replays it: the test of its protocol must, and `elsewhere` say so',
  );
  if (settings !== undefined) replay.checkRead(vector);
  if (vector.diffAgainst !== undefined) replay.checkDifference(vector);
  if (vector.after !== undefined) replay.checkOrder(vector);
  if (written !== undefined) replay.checkWrite(vector, written);
}

describe('vectors of settings', () => {
  it('are of protocols that describe their settings', () => {
    const without = [...settingsVectors().keys()].filter((id) => protocolById(id)?.settings === undefined);
    assert.deepEqual(
      without.filter((id) => !NOT_YET.includes(id)),
      [],
    );
  });

  for (const replay of replays()) {
    for (const vector of replay.here) {
      it(`${replay.protocol.id}/${nameOf(vector)}: ${vector.name}`, () => check(replay, vector));
    }
  }
});
