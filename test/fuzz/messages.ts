import { highestLevel } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { CELL_FORMATS, cellMessages } from '../../src/runtime/messages/cell-messages';
import { READ_FORMATS, readingMessages } from '../../src/runtime/messages/reading-messages';
import type { Snapshot } from '../../src/session/device';
import { assertMessage } from './contract';

const NOTHING_YET = { requests: 0, answers: 0, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 };

/** A reading makes messages that keep to the contract, in every format. */
export function assertMessages(reading: Reading): void {
  const link = { ...NOTHING_YET, impossibleAnswers: 0, impossibleValues: 0, skippedPolls: 0 };
  const at = { timestamp: 0, duration: 0, sequence: 1, requested: true, askers: new Set<object>() };
  const snapshot: Snapshot = { reading, device: 'Bank', protocol: 'jbd', address: '', ...at, link };
  for (const format of READ_FORMATS) readingMessages(snapshot, format, 'Bank').forEach(assertMessage);
  for (const format of CELL_FORMATS) cellMessages(snapshot, format, 'Bank', () => 'id').forEach(assertMessage);
  highestLevel(reading.alarms ?? []);
}
