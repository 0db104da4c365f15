import { BmsError } from '../../battery/errors';

/** Codes of a refusal (jk-modbus.md 3). */
export const REFUSALS = { command: 0x01, register: 0x02, value: 0x03, checksum: 0x04 } as const;

/**
 * What a refusal means to somebody who reads.
 * @param name of the query that was refused
 */
export function refusal(code: number, name: string): BmsError {
  switch (code) {
    case REFUSALS.command:
    case REFUSALS.register:
      return new BmsError('unsupported', `The board does not know ${name}; check whether the protocol fits the board.`);
    case REFUSALS.checksum:
      return new BmsError('checksum', `The request for ${name} reached the board damaged; check the line to it.`);
    default:
      return new BmsError(
        'rejected',
        `The board refuses ${name} with code ${code}; restart the board and ask it again.`,
      );
  }
}

const MEANINGS: Readonly<Record<number, string>> = {
  [REFUSALS.command]: 'it does not take commands over this bus',
  [REFUSALS.register]: 'it does not have this setting',
  [REFUSALS.value]: 'it does not take this value',
  [REFUSALS.checksum]: 'the request reached it damaged, so check the wiring',
};

/**
 * What a refusal means to somebody who switches: whatever the reason, the board has done nothing (jk-modbus.md 9).
 * @param name of the write that was refused
 */
export function writeRefusal(code: number, name: string): BmsError {
  const meaning = MEANINGS[code] ?? 'restart the board and try again';
  return new BmsError('rejected', `The board refuses ${name} with code ${code}: ${meaning}.`);
}
