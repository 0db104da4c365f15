import assert from 'node:assert/strict';
import type { ActionName } from '../../src/battery/action';
import type { Reading } from '../../src/battery/reading';
import { jk } from '../../src/codec/jk';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory, Variant } from '../../src/codec/jk-ble/variant';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { Protocol, ScriptInput, Step } from '../../src/codec/protocol';
import { actionOf, orderFor } from '../support/action-script';
import { nwFrame } from '../support/jk';
import { ACKNOWLEDGEMENT, AT, CELLS_32S, SETTINGS } from '../support/jk-ble';
import { acknowledgement, liveAnswer, modbus, registersOf, triggerOf } from '../support/jk-modbus';
import { answered, isNoAnswer, obedientBoard, play, refusedUnsent } from '../support/jk-script';
import { readAll } from '../support/protocol-properties';
import { hex } from '../support/sheet';
import { loadVectors } from '../support/vectors';

/** An action and what it writes: bytes of the request, with `?` for 1 or 0 in those that switch; on which variants. */
type Row = readonly [ActionName, string, ...Variant[]];

/** How the boards of a protocol are commanded, from its sheet. */
interface Subject {
  protocol: Protocol;
  rows: readonly Row[];
  dangerous: readonly ActionName[];
  /** the requests, last of all the write */
  requests(written: string): Buffer[];
  /** what is known of the board */
  order(written: string, variant?: Variant): Partial<ScriptInput>;
  acknowledge(request: Buffer): Buffer;
  /** what is no acknowledgement of the first row */
  foreign: readonly Buffer[];
  /** bytes between frames, of whatever */
  noise: Buffer;
  /** how many writes of the captures are among the rows */
  captured: number;
  /** what a board answers that cannot be commanded */
  refusal: Buffer;
  /** writes that boards do not have, and what they answer; undefined for what is no write */
  others: Readonly<Record<string, Buffer | undefined>>;
}

const SILENCE = Buffer.alloc(0);
const [BALANCERS, BOARDS]: [Variant[], Variant[]] = [['jk04'], ['jk02-24s', 'jk02-32s']];
const MODELS: Readonly<Record<Variant, Reading>> = {
  jk04: { model: 'JK-B2A16S', softwareVersion: '3.3.0' },
  'jk02-24s': { model: 'JK-B2A24S20P', softwareVersion: '10.07' },
  'jk02-32s': { model: 'JK_PB2A16S20P', softwareVersion: '15.41' },
};

const SWITCHES = { chargeSwitch: true, dischargeSwitch: true, balancingSwitch: true, heatingSwitch: true };
const [REGISTER, VALUE] = [modbus('01 90 02'), modbus('01 90 03')];

const SUBJECTS: readonly Subject[] = [
  {
    protocol: jk,
    rows: [
      ['charge', 'ab 0?'],
      ['discharge', 'ac 0?'],
      ['balancing', '9d 0?'],
      ['restart', 'bb 01'],
    ],
    dangerous: ['restart'],
    requests: (written) => [hex('4e570014000000000502000000000000006800000128'), nwFrame('02 02 00', written)],
    order: () => ({ before: { reading: { ...SWITCHES, chargeEnabled: true } }, password: 'topsecret' }),
    acknowledge: (request) => nwFrame(`0${request[8]} 00 01`, request.toString('hex', 11, 12)),
    // another id; data behind the id, which may be a refusal; that of the password; an upload; values of the board
    foreign: [
      ...[nwFrame('02 00 01', 'ac'), nwFrame('02 00 01', 'ab 00'), nwFrame('05 00 01', '00')],
      ...[nwFrame('02 00 02', 'ab'), nwFrame('06 00 01', '83 14ef 85 64')],
    ],
    noise: hex('00 4e 4e57 ffff 68'),
    captured: 1,
    refusal: SILENCE,
    others: Object.fromEntries(
      ['ab', 'ab 02', 'ab 01 00', '8e 01', 'bc 01', 'bd 01', 'b8 01', 'ad 0100'].map((data) => [data, undefined]),
    ),
  },
  {
    protocol: jkBle,
    rows: [
      ['charge', '1d04 0?', ...BOARDS],
      ['discharge', '1e04 0?', ...BOARDS],
      ['balancing', '1f04 0?', ...BOARDS],
      ['balancing', '6c01 0?', ...BALANCERS],
      ['heating', '2704 0?', 'jk02-32s'],
      ['restart', '6600', ...BOARDS],
      ['shutdown', '6500', ...BOARDS],
    ],
    dangerous: ['restart', 'shutdown'],
    requests(written) {
      const bytes = hex(`aa5590eb${written.replaceAll(' ', '')}`.padEnd(38, '0'));
      return [Buffer.concat([bytes, Buffer.of(bytes.reduce((sum, byte) => sum + byte, 0))])];
    },
    order(_written, variant) {
      const memory: JkBleMemory = variant === undefined ? {} : { variant };
      return { target: { address: 0, memory } };
    },
    acknowledge: () => ACKNOWLEDGEMENT,
    foreign: [SETTINGS, CELLS_32S, AT, hex('aa5590ebc8010000000000000000000000000043')],
    noise: AT,
    captured: 4,
    refusal: SILENCE,
    others: { '1d01 01': SILENCE, '1d04 02': SILENCE, '1d0d 01': SILENCE, '6c04 3f2c1f0b': SILENCE, '6404': SILENCE },
  },
  {
    protocol: jkModbus,
    rows: [
      ['charge', '01 10 1070 0002 04 0000000?'],
      ['discharge', '01 10 1074 0002 04 0000000?'],
      ['balancing', '01 10 1078 0002 04 0000000?'],
      ['balancing', '02 10 1078 0002 04 0000000?'],
      // one bit of a word, whose others go back as they were read
      ['heating', '01 10 1114 0001 02 331?'],
    ],
    dangerous: [],
    requests: (written) => [modbus(written)],
    order(written) {
      const before = { reading: SWITCHES, memory: { switchBits: 0x3311 } };
      return { target: { address: Number(written.slice(0, 2)), memory: {} }, before };
    },
    acknowledge: (request) => modbus(request.subarray(0, 6)),
    // another board, register, number of registers; of a trigger; registers; refusals of others; other writes
    foreign: [
      ...['02 10 1070 0002', '01 10 1074 0002', '01 10 1070 0001', '02 90 03', '01 83 02'].map(modbus),
      ...['01 10 1070 0003 06 000000000001', '01 10 1070 0000 00'].map(modbus),
      ...[acknowledgement(1), registersOf('00000000'), hex('0110107000020400000001 ffff')],
    ],
    noise: Buffer.concat([hex('00 ff 01'), triggerOf(3), liveAnswer(3), hex('10 90 00')]),
    captured: 10,
    refusal: REGISTER,
    others: {
      ...{ '01 10 1108 0002 04 00000003': REGISTER, '01 10 1070 0001 02 0001': REGISTER },
      ...{ '01 10 1114 0002 04 00000001': REGISTER, '01 10 1070 0002 04 00000002': VALUE },
      // no settings, or no whole write
      ...{ '01 10 1600 0002 04 00000000': undefined, '01 10 0fff 0001 02 0000': undefined },
      ...{ '01 10 1070 0001 04 00000001': undefined, '01 10 1070 0002 03 000001': undefined },
      ...{ '01 11 1070 0002 04 00000001': undefined, '01 10 1070 0000 00': undefined },
    },
  },
];

for (const { protocol, rows, dangerous, requests, order, acknowledge, foreign, noise, ...subject } of SUBJECTS) {
  const { id, actions = [] } = protocol;

  const commands = rows.flatMap(([name, written, ...variants]) =>
    (variants.length === 0 ? [undefined] : variants).flatMap((variant) =>
      (written.includes('?') ? [true, false] : [true]).map((value) => {
        const bytes = written.replace('?', value ? '1' : '0');
        const pack = variant === undefined ? {} : MODELS[variant];
        return { name, value, sent: requests(bytes), order: order(written, variant), pack };
      }),
    ),
  );
  type Command = (typeof commands)[number];

  const stepsOf = ({ name, value, order: more }: Command): Step[] => {
    const act = actionOf(protocol, name).script(orderFor(protocol, value, more));
    return play(protocol, act, ({ request }) => [acknowledge(request)]).steps;
  };
  const [first] = commands;
  assert.ok(first);
  const writeOf = ({ sent }: Command): Buffer => sent.at(-1) ?? SILENCE;

  describe(`${id}: commands`, () => {
    it('are those of the sheet, each sent once', () => {
      for (const command of commands) {
        const steps = stepsOf(command);
        const writes = steps.filter(({ isWrite }) => isWrite).map(({ request }) => request);
        assert.deepEqual([steps.length, writes], [command.sent.length, command.sent], command.name);
      }
      assert.deepEqual(new Set(actions.map(({ name }) => name)), new Set(commands.map(({ name }) => name)));
      for (const action of actions)
        assert.equal(action.dangerous ?? false, dangerous.includes(action.name), action.name);
    });

    it('are acknowledged as recorded', () => {
      const recorded = loadVectors(id).flatMap(({ exchanges }) => exchanges);
      const found = recorded.flatMap(({ tx, rx }) => {
        const command = commands.find(({ sent }) => sent.at(-1)?.toString('hex') === tx);
        return command ? [{ command, rx: rx.map(hex) }] : [];
      });
      assert.equal(found.length, subject.captured);
      for (const { command, rx } of found) {
        const step = stepsOf(command).at(-1);
        // Some acknowledgements are not in their source.
        if (step && rx.length > 0) assert.deepEqual(answered(protocol, step, rx), [acknowledge(step.request)]);
      }
    });

    it('take nothing else for an acknowledgement, and find it in pieces, amid noise and behind the echo', () => {
      const step = stepsOf(first).at(-1);
      assert.ok(step);
      const good = acknowledge(step.request);
      const bytes = Array.from(Buffer.concat([noise, step.request, good, noise]), (byte) => Buffer.of(byte));
      for (const pieces of [[good], bytes]) assert.deepEqual(answered(protocol, step, pieces), [good]);
      const damaged = Array.from(good, (byte, at) => Buffer.from(good).fill(byte ^ 0x04, at, at + 1));
      for (const frame of [step.request, ...foreign, ...damaged]) {
        assert.ok(isNoAnswer(protocol, step, [frame]), frame.toString('hex'));
      }
    });

    it('apply where a board has them; nothing is sent elsewhere, nor while it is not known what is switched', () => {
      const [[, written]] = rows as [Row];
      for (const { name, input, script, applies } of actions) {
        for (const variant of [undefined, ...BALANCERS, ...BOARDS]) {
          const has = rows.some(
            ([row, , ...all]) => row === name && (all.length === 0 || all.some((v) => v === variant)),
          );
          const asked = orderFor(protocol, true, order(written, variant));
          assert.equal(applies?.(asked.target) ?? true, has, `${name} ${variant}`);
          if (!has) assert.equal(refusedUnsent(protocol, script(asked)).code, 'unsupported', `${name} ${variant}`);
        }
        if (input.kind !== 'switch') continue;
        assert.equal(refusedUnsent(protocol, script(orderFor(protocol, true))).code, 'unsupported', name);
      }
    });

    it('are obeyed and acknowledged by a simulated board, but not by one that cannot be commanded', () => {
      for (const command of commands) {
        const { side, asked } = obedientBoard();
        const request = writeOf(command);
        assert.deepEqual(protocol.emulate(request)?.answer(command.pack, side), acknowledge(request), command.name);
        assert.deepEqual(asked, [[command.name, command.value]]);
      }
      assert.deepEqual(protocol.emulate(writeOf(first))?.answer(first.pack), subject.refusal);
    });

    it('show in what a simulated board reports of its switches', () => {
      const { side } = obedientBoard();
      const emulate: Protocol['emulate'] = (request) => {
        const response = protocol.emulate(request);
        return response && { ...response, answer: (pack) => response.answer(pack, side) };
      };
      for (const { name, pack, order: more } of commands) {
        if (!(name === 'charge' || name === 'discharge' || name === 'balancing' || name === 'heating')) continue;
        const board = { ...pack, cellVoltages: [3.3, 3.3, 3.3] };
        const reading = readAll({ ...protocol, emulate }, board, more.target?.address ?? 0);
        assert.equal(reading[`${name}Switch`], side.switches[name], name);
      }
    });

    it('that a simulated board does not have are refused, or left unanswered', () => {
      const { side, asked } = obedientBoard();
      for (const [written, answer] of Object.entries(subject.others)) {
        const [request = SILENCE] = requests(written).slice(-1);
        assert.deepEqual(protocol.emulate(request)?.answer(MODELS['jk02-32s'], side), answer, written);
      }
      assert.deepEqual(asked, []);
    });
  });
}
