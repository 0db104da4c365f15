import assert from 'node:assert/strict';
import { protocolById } from '../../../src/codec';
import { nameOf, replays, type Replay } from '../../support/settings/replay';
import { settingsVectors, type SettingsVector } from '../../support/settings/vectors';

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
    const ids = [...settingsVectors().keys()];
    assert.deepEqual(
      ids.filter((id) => protocolById(id)?.settings === undefined),
      [],
    );
  });

  for (const replay of replays()) {
    for (const vector of replay.here) {
      it(`${replay.protocol.id}/${nameOf(vector)}: ${vector.name}`, () => check(replay, vector));
    }
  }
});
