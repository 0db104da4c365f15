import { sum } from '../kit/checksum';
import { oneRange, privateIn, type Privacy, type PrivateKind, type PrivateRange } from '../kit/privacy';
import { COMMANDS, moduleFrames } from './module';
import { READ } from './wire';

/** Serial number, device model, in which some apps keep their PIN, bar code (settings-jbd.md 2). */
const READABLE: Readonly<Record<number, PrivateKind>> = { 0x16: 'bytes', 0xa1: 'text', 0xa2: 'text' };

/** Registers that a password is written to: use, change and clear it, and that of the factory mode (jbd.md 6). */
const PASSWORDS: ReadonlySet<number> = new Set([0x06, 0x07, 0x09, 0x0f]);

/** Block parameters: index and number of words in front of them (jbd.md 7.4). */
const BLOCK = 0xfa;
const BLOCK_HEAD = 3;
const WORD = 2;
/** The same number and texts, and the unique id, by twice their index (jbd.md 7.4). */
const BLOCK_MEMORY: readonly PrivateRange[] = [
  { from: 6 * WORD, to: 7 * WORD, kind: 'bytes' },
  { from: 72 * WORD, to: 104 * WORD, kind: 'text' },
  { from: 170 * WORD, to: 176 * WORD, kind: 'bytes' },
];

/** Commands of a module with a password in them: of the user, new ones, of the root (jbd.md 10). */
const MODULE_PASSWORDS: ReadonlySet<number | undefined> = new Set([COMMANDS.password, 0x16, 0x1d]);
const MODULE_START = 0xff;
const MODULE_DATA_AT = 4;

const TRAILER = 3;

/** @param addressed whether an address stands behind the first byte, see `Wire` */
function privacy(addressed: boolean): Privacy {
  const headAt = addressed ? 2 : 1;
  const dataAt = headAt + 3;
  const coveredAt = addressed ? 1 : 2;

  const ofBlock = (frame: Buffer): readonly PrivateRange[] => {
    if (frame.length < dataAt + BLOCK_HEAD + TRAILER) return [];
    const length = frame.length - dataAt - BLOCK_HEAD - TRAILER;
    return privateIn(BLOCK_MEMORY, WORD * frame.readUInt16BE(dataAt), length, dataAt + BLOCK_HEAD);
  };
  const ofRegister = (frame: Buffer, register: number): readonly PrivateRange[] => {
    if (register === BLOCK) return ofBlock(frame);
    const kind = READABLE[register];
    return kind === undefined ? [] : oneRange(dataAt, frame.length - TRAILER, kind);
  };

  return {
    sent(request) {
      if (request[0] === MODULE_START) {
        const isPassword = MODULE_PASSWORDS.has(request[2]);
        return isPassword ? oneRange(MODULE_DATA_AT, request.length - 1, 'bytes') : [];
      }
      const register = request[headAt + 1] ?? 0;
      if (request[headAt] === READ) return [];
      // The first byte of a password is its length.
      if (PASSWORDS.has(register)) return oneRange(dataAt + 1, request.length - TRAILER, 'bytes');
      return ofRegister(request, register);
    },
    received: (frame) => (frame[0] === MODULE_START ? [] : ofRegister(frame, frame[headAt] ?? 0)),
    asksFor(request) {
      if (request[0] === MODULE_START || request[headAt] !== READ) return undefined;
      const register = request[headAt + 1] ?? 0;
      return register === BLOCK ? 'bytes' : READABLE[register];
    },
    frames: [moduleFrames],
    seal(frame) {
      if (frame[0] === MODULE_START) frame[frame.length - 1] = sum(frame, 2, frame.length - 1) & 0xff;
      else frame.writeUInt16BE(-sum(frame, coveredAt, frame.length - TRAILER) & 0xffff, frame.length - TRAILER);
    },
  };
}

export const classicPrivacy = privacy(false);
export const addressedPrivacy = privacy(true);
