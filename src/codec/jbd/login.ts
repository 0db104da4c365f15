import { BmsError } from '../../battery/errors';
import type { LoginInput, Script } from '../untyped';
import { macBytes } from './mac';
import { byteOf, COMMANDS, moduleStep } from './module';

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
  return new BmsError('denied', 'The Bluetooth module lets no app in; set its password with the app of the vendor.');
}

function wrongPassword(answer: number): BmsError | undefined {
  if (answer === 0) return undefined;
  return new BmsError('denied', 'The Bluetooth module does not accept the password of the device; correct it there.');
}

function unfit(password: string): BmsError {
  const what = 'The Bluetooth module wants its password';
  const remedy = password === '' ? 'enter it in the device' : 'it has six characters, unlike the one in the device';
  return new BmsError('denied', `${what}; ${remedy}.`);
}

function hiddenAddress(): BmsError {
  const remedy = 'clear the password of the module with the app of the vendor';
  return new BmsError('unsupported', `The password depends on the MAC address, which this platform hides; ${remedy}.`);
}
