import assert from 'node:assert/strict';
import { jbd } from '../../src/codec/jbd';
import { login, moduleFrame, moduleFrames } from '../../src/codec/jbd/module';
import { protocolById } from '../../src/codec';
import type { LoginInput } from '../../src/codec/protocol';
import { BAD_CHECKSUM, INCOMPLETE, NO_FRAME } from '../../src/codec/kit/framing';
import { drive, type Respond } from '../support/action-script';
import { loadVectors, type Vector } from '../support/vectors';

interface Login extends Vector {
  auth: { mac: string; password: string; random: number[] };
}

const LOGINS = loadVectors('jbd').filter((vector): vector is Login => 'auth' in vector);
const ORDER: LoginInput = { mac: 'a4:c1:37:04:2d:be', password: '123123' };
const APP_KEY = 'ffaa15063030303030303b';

/** A module that has captured answers. */
const moduleOf =
  (vector: Vector, change: (rx: string[]) => string[] = (rx) => rx): Respond =>
  (request) => {
    const exchange = vector.exchanges.find(({ tx }) => tx === request);
    return exchange && change(exchange.rx);
  };

const run = (board: Respond, order = ORDER) => drive(jbd, login(order), board);

describe('jbd: login to a Bluetooth module', () => {
  it('has captures of passwords that were accepted and refused', () => {
    assert.deepEqual(LOGINS.map(({ expect }) => expect['authenticated']).sort(), [
      ...[false, false],
      ...[true, true, true, true],
    ]);
  });

  for (const vector of LOGINS) {
    it(`asks what ${vector.file} shows, and understands the answers`, () => {
      const { sent, error } = run(moduleOf(vector), vector.auth);
      assert.deepEqual(
        sent,
        vector.exchanges.slice(0, 3).map(({ tx }) => tx),
      );
      assert.equal(error?.code, vector.expect['authenticated'] === true ? undefined : 'denied');
      if (error !== undefined) assert.ok(!error.message.includes(vector.auth.password));
    });

    it(`understands ${vector.file} behind an echo, in pieces, with noise`, () => {
      const noisy = moduleOf(vector, (rx) => ['ff', 'ffaaff', ...rx.join('').split('').reduce(pairs, [])]);
      const echoing: Respond = (request, n) => [request, ...[noisy(request, n) ?? []].flat()];
      assert.equal(run(echoing, vector.auth).error?.code, run(moduleOf(vector), vector.auth).error?.code);
    });
  }

  const [accepted] = LOGINS.filter(({ expect }) => expect['authenticated'] === true);

  it('is done when the module has no password', () => {
    const { sent, error } = run(() => 'ffaa15010218', { ...ORDER, password: '' });
    assert.deepEqual([sent, error], [[APP_KEY], undefined]);
  });

  it('says that a password is wanted, without sending one', () => {
    for (const password of ['', '12345', '1234567', '\u20ac12345x']) {
      const { sent, error } = run(() => 'ffaa15010016', { ...ORDER, password });
      assert.deepEqual([sent, error?.code], [[APP_KEY], 'denied'], password);
      assert.match(error?.message ?? '', password === '' ? /enter it/ : /six characters/);
      assert.ok(password === '' || !error?.message.includes(password));
    }
  });

  it('finds the address in the manufacturer data where the platform hides it', () => {
    assert.ok(accepted);
    const mac = Buffer.from(accepted.auth.mac.replaceAll(':', ''), 'hex');
    for (const bytes of [Buffer.from(mac).reverse(), mac, Buffer.concat([Buffer.from(mac).reverse(), Buffer.of(1)])]) {
      const { sent, error } = run(moduleOf(accepted), { ...accepted.auth, mac: '', manufacturerData: bytes });
      assert.deepEqual([sent, error], [accepted.exchanges.slice(0, 3).map(({ tx }) => tx), undefined]);
    }
  });

  it('takes nothing else in the manufacturer data for an address', () => {
    for (const bytes of ['', 'a4c137', '650bc8478c00', 'ffffffffffff'].map((hex) => Buffer.from(hex, 'hex'))) {
      const { sent, error } = run(() => 'ffaa15010016', { ...ORDER, mac: '', manufacturerData: bytes });
      assert.deepEqual([sent, error?.code], [[APP_KEY], 'unsupported']);
    }
  });

  it('says that the address is needed where the platform hides it', () => {
    for (const mac of ['', '5F0A9C2E-0000-0000-0000-000000000000']) {
      const { sent, error } = run(() => 'ffaa15010016', { ...ORDER, mac });
      assert.deepEqual([sent, error?.code], [[APP_KEY], 'unsupported']);
    }
  });

  it('ends when the app is refused', () => {
    assert.equal(run(() => 'ffaa15010117').error?.code, 'denied');
  });

  it('ends with a time-out at a module that knows no passwords, and at one that echoes', () => {
    assert.equal(run(() => undefined).error?.code, 'timeout');
    assert.equal(run((request) => request).error?.code, 'timeout');
  });

  it('takes no answer that is damaged or to something else', () => {
    assert.ok(accepted);
    assert.equal(run(() => 'ffaa15010017').error?.code, 'checksum');
    assert.equal(run(() => 'ffaa17010018').error?.code, 'timeout');
    assert.equal(run(() => 'dd030000000077').error?.code, 'timeout');
  });

  it('sends only the password once; the other steps change nothing', () => {
    const script = login(ORDER);
    const flags: boolean[] = [];
    for (let next = script.next(); next.done !== true;) {
      flags.push(next.value.isWrite);
      next = script.next([moduleFrame(next.value.request[2] ?? 0, Buffer.of(0))]);
    }
    assert.deepEqual(flags, [false, false, true]);
  });

  it('is the login of UP16S boards too, which have the same modules', () => {
    assert.equal(protocolById('jbd-up16s')?.ble?.login, jbd.ble?.login);
  });
});

describe('jbd: frames of a Bluetooth module', () => {
  const measure = (hex: string): number => {
    const bytes = Buffer.from(hex, 'hex');
    return moduleFrames.measure(bytes, 0, bytes.length);
  };

  it('are measured byte by byte', () => {
    const whole = 'ffaa15010016';
    for (let length = 2; length < whole.length; length += 2) assert.equal(measure(whole.slice(0, length)), INCOMPLETE);
    assert.equal(measure(whole), 6);
    assert.equal(measure('ffaa170017'), 5);
    assert.equal(measure('ffaa15010015'), BAD_CHECKSUM);
    for (const other of ['dd', 'ffab', 'ffaa15ff']) assert.equal(measure(other), NO_FRAME);
  });
});

function pairs(all: string[], digit: string): string[] {
  const last = all.at(-1);
  return last?.length === 1 ? [...all.slice(0, -1), last + digit] : [...all, digit];
}
