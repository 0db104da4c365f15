import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { sum } from '../kit/checksum';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME, type FrameFormat } from '../kit/framing';
import type { LoginInput, Script, Step } from '../protocol';

/*
 * The Bluetooth modules of JBD boards (jbd.md 2, 10): what they understand by themselves, and the login to one with a password.
 */

const START = Buffer.of(0xff, 0xaa);
/** start, command, length */
const HEADER = 4;
const CHECKSUM = 1;
const LONGEST_DATA = 64;

/** The answer of a module takes 11 to 59 ms (jbd.md 8); a module of another kind gives none. */
const TIMEOUT_MS = 1000;

/** What a Bluetooth module understands by itself; nothing of it reaches the board (jbd.md 10). */
export const COMMANDS = { appKey: 0x15, random: 0x17, password: 0x18 } as const;

/** `ff aa command length data checksum`, in both directions (jbd.md 10). */
export const moduleFrames: FrameFormat = {
  maxLength: HEADER + LONGEST_DATA + CHECKSUM,
  measure(bytes, at, end) {
    if (bytes[at] !== START[0] || (end - at > 1 && bytes[at + 1] !== START[1])) return NO_FRAME;
    if (end - at < HEADER) return INCOMPLETE;
    const dataLength = bytes[at + 3] ?? 0;
    if (dataLength > LONGEST_DATA) return NO_FRAME;
    const length = HEADER + dataLength + CHECKSUM;
    if (end - at < length) return INCOMPLETE;
    const last = at + length - 1;
    return (sum(bytes, at + START.length, last) & 0xff) === bytes[last] ? length : BAD_CHECKSUM;
  },
};

/** A frame for a module, or from one. */
export function moduleFrame(command: number, data: Buffer): Buffer {
  const content = Buffer.concat([START, Buffer.of(command, data.length), data]);
  return Buffer.concat([content, Buffer.of(sum(content, START.length, content.length) & 0xff)]);
}

/** The request of a command, which is answered with one byte. @param refusedBy the error for an answer that refuses */
export function moduleStep(
  command: number,
  name: string,
  data: Buffer,
  refusedBy: (byte: number) => BmsError | undefined = () => undefined,
): Step {
  return {
    name,
    request: moduleFrame(command, data),
    isWrite: command === COMMANDS.password,
    frames: moduleFrames,
    timeoutMs: TIMEOUT_MS,
    match(frame) {
      // The echo of a request has another length.
      if (frame[2] !== command || frame[3] !== 1) return 'foreign';
      return refusedBy(byteOf([frame])) ?? 'complete';
    },
  };
}

/** The byte that a module has answered. */
export function byteOf([frame]: readonly Buffer[]): number {
  return frame?.[HEADER] ?? 0;
}

/** What the vendor's app calls itself; the same in all of them (jbd.md 10). */
const APP_KEY = Buffer.from('000000');

/** Answers to the app key. */
const REJECTED = 0x01;
const NO_PASSWORD_SET = 0x02;

const PASSWORD_LENGTH = 6;

/**
 * Opens a Bluetooth module that has a password: until then it lets nothing through to the board (jbd.md 10). The password
 * goes out once, not in plain.
 */
export function* login({ mac, manufacturerData, password }: LoginInput): Script<void> {
  const isSet = byteOf(yield moduleStep(COMMANDS.appKey, 'app key (15)', APP_KEY, refusedApp));
  if (isSet === NO_PASSWORD_SET) return;
  const address = macBytes(mac, manufacturerData);
  if (address === undefined) throw hiddenAddress();
  const secret = Buffer.from(password, 'latin1');
  if (secret.length !== PASSWORD_LENGTH) throw unfit(password);
  const random = byteOf(yield moduleStep(COMMANDS.random, 'random number (17)', Buffer.alloc(0)));
  const hidden = secret.map((byte, index) => ((byte ^ (address[index] ?? 0)) + random) & 0xff);
  yield moduleStep(COMMANDS.password, 'user password (18)', Buffer.from(hidden), wrongPassword);
}

function refusedApp(answer: number): BmsError | undefined {
  if (answer !== REJECTED) return undefined;
  return new BmsError('denied', say`The Bluetooth module lets no app in; set its password with the app of the vendor.`);
}

function wrongPassword(answer: number): BmsError | undefined {
  if (answer === 0) return undefined;
  return new BmsError(
    'denied',
    say`The Bluetooth module does not accept the password of the device; correct it there.`,
  );
}

function unfit(password: string): BmsError {
  const sentence =
    password === ''
      ? say`The Bluetooth module requires its password; enter it in the device.`
      : say`The Bluetooth module requires its password; it has six characters, unlike the one in the device.`;
  return new BmsError('denied', sentence);
}

function hiddenAddress(): BmsError {
  return new BmsError(
    'unsupported',
    say`The password depends on the MAC address, which this platform hides; clear the password of the module with the app of the vendor.`,
  );
}

/** What the MAC addresses of JBD modules begin with, as far as known (jbd.md 2). */
export const MAC_PREFIXES = [
  ...['10:A5:62', '70:3E:97', 'A4:C1:37', 'A4:C1:38', 'A5:C2:37', 'A5:C2:39', 'A5:C2:3A', 'AA:C2:37'],
];

const MAC_BYTES = 6;

/**
 * The MAC address of a module, first byte first as it is printed. Where the platform hides it, it mostly stands in the
 * manufacturer data, mostly in reverse; some brands send something else there (jbd.md 2). Only what begins as the address
 * of such a module is taken for one.
 * @param mac '' or something else where the platform hides it
 * @param manufacturerData company id as sent, and what follows
 * @returns undefined when it is not known
 */
export function macBytes(mac: string, manufacturerData: Buffer | undefined): Buffer | undefined {
  const known = Buffer.from(mac.replace(/[:-]/g, ''), 'hex');
  if (known.length === MAC_BYTES) return known;
  const bytes = manufacturerData?.subarray(0, MAC_BYTES) ?? Buffer.alloc(0);
  if (bytes.length < MAC_BYTES) return undefined;
  return [Buffer.from(bytes).reverse(), bytes].find(isOfModule);
}

function isOfModule(mac: Buffer): boolean {
  return MAC_PREFIXES.some((prefix) => mac.subarray(0, 3).equals(Buffer.from(prefix.replaceAll(':', ''), 'hex')));
}
