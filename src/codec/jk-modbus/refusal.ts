import { BmsError } from '../../battery/errors';
import { say, type Sentence } from '../../battery/sentence';

/** Codes of a refusal (jk-modbus.md 3). */
export const REFUSALS = { command: 0x01, register: 0x02, value: 0x03, checksum: 0x04 } as const;

/**
 * What a refusal of a read means.
 * @param name of the query that was refused
 */
export function refusal(code: number, name: string): BmsError {
  switch (code) {
    case REFUSALS.command:
    case REFUSALS.register:
      return new BmsError(
        'unsupported',
        say`The board does not know ${name}; check whether the protocol fits the board.`,
      );
    case REFUSALS.checksum:
      return new BmsError('checksum', say`The request for ${name} reached the board damaged; check the line to it.`);
    default:
      return new BmsError(
        'rejected',
        say`The board refuses ${name} with code ${code}; restart the board and ask it again.`,
      );
  }
}

const MEANINGS: Readonly<Record<number, Sentence>> = {
  [REFUSALS.command]: say`it does not take commands over this bus`,
  [REFUSALS.register]: say`it does not have this setting`,
  [REFUSALS.value]: say`it does not take this value`,
  [REFUSALS.checksum]: say`the request reached it damaged, so check the wiring`,
};

/**
 * What a refusal of a write means: whatever the reason, the board has done nothing (jk-modbus.md 9).
 * @param name of the write that was refused
 */
export function writeRefusal(code: number, name: string): BmsError {
  const meaning = MEANINGS[code] ?? say`restart the board and try again`;
  return new BmsError('rejected', say`The board refuses ${name} with code ${code}: ${meaning}.`);
}
