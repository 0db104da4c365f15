import assert from 'node:assert/strict';
import type { ActionName, ActionValue } from '../../src/battery/action';
import type { Reading } from '../../src/battery/reading';
import { jk } from '../../src/codec/jk';
import { jkBle } from '../../src/codec/jk-ble';
import type { JkBleMemory, Variant } from '../../src/codec/jk-ble/variant';
import { jkModbus } from '../../src/codec/jk-modbus';
import type { Decoded, Protocol, ScriptInput, Step } from '../../src/codec/protocol';
import { actionOf, orderFor } from '../support/action-script';
import { nwFrame } from '../support/jk';
import { ACKNOWLEDGEMENT, AT, CELLS_32S, SETTINGS } from '../support/jk-ble';
import { acknowledgement, liveAnswer, modbus, registersOf, triggerOf } from '../support/jk-modbus';
import { answered, isNoAnswer, obedientBoard, play, refusedUnsent } from '../support/jk-script';
import { hex } from '../support/sheet';
import { loadVectors } from '../support/vectors';

/** What an action sends, last of all the write. */
interface Command {
  name: ActionName;
  value: ActionValue;
  sent: readonly string[];
  order?: Partial<ScriptInput>;
  /** what makes a simulated board one that has it */
  pack?: Reading;
}

/** How the boards of a protocol are commanded, from its sheet. */
interface Subject {
  protocol: Protocol;
  commands: readonly Command[];
  dangerous: readonly ActionName[];
  acknowledge(request: Buffer): Buffer;
  /** what is no acknowledgement of the first command */
  foreign: Readonly<Record<string, Buffer>>;
  /** bytes between frames, of whatever */
  noise: Buffer;
  /** of the commands, in the captures */
  captured: number;
  /** what a board answers to the first command that cannot be commanded, and to others that it does not have */
  refusal: string;
  others: Readonly<Record<string, string | undefined>>;
}

const PASSWORD = '4e570014000000000502000000000000006800000128';

/** On and off, with the bytes that differ in the middle of the request. */
function both(name: ActionName, request: (value: boolean) => string[], more: Partial<Command> = {}): Command[] {
  return [true, false].map((value) => ({ name, value, sent: request(value), ...more }));
}

const nw = (id: string, value: number): string[] => [PASSWORD, nwFrame('02 02 00', `${id} 0${value}`).toString('hex')];

const reported: Decoded = { reading: { chargeEnabled: true, dischargeEnabled: true, balancingSwitch: true } };
const nwOrder = { order: { before: reported, password: 'topsecret' } };

/** `aa5590eb <register, number of bytes, value> ... <sum>` */
function bleCommand(front: string): string {
  const bytes = hex(`aa5590eb${front}`.padEnd(38, '0'));
  return bytes.toString('hex') + Buffer.of(bytes.reduce((sum, byte) => sum + byte, 0)).toString('hex');
}

const MODELS: Readonly<Record<Variant, Reading>> = {
  jk04: { model: 'JK-B2A16S', softwareVersion: '3.3.0' },
  'jk02-24s': { model: 'JK-B2A24S20P', softwareVersion: '10.07' },
  'jk02-32s': { model: 'JK_PB2A16S20P', softwareVersion: '15.41' },
};

const onVariant = (variant: Variant): Partial<Command> => {
  const memory: JkBleMemory = { variant };
  return { order: { target: { address: 0, memory } }, pack: MODELS[variant] };
};

const JK02 = (['jk02-24s', 'jk02-32s'] as const).flatMap((variant): Command[] => [
  ...both(
    'charge',
    (on) => [`aa5590eb1d040${on ? 1 : 0}000000000000000000000000${on ? '9c' : '9b'}`],
    onVariant(variant),
  ),
  ...both('discharge', (on) => [bleCommand(`1e040${on ? 1 : 0}`)], onVariant(variant)),
  ...both('balancing', (on) => [bleCommand(`1f040${on ? 1 : 0}`)], onVariant(variant)),
  { name: 'restart', value: true, sent: ['aa5590eb660000000000000000000000000000e0'], ...onVariant(variant) },
  { name: 'shutdown', value: true, sent: ['aa5590eb650000000000000000000000000000df'], ...onVariant(variant) },
]);

const settings = {
  reading: { chargeSwitch: true, dischargeSwitch: true, balancingSwitch: true, heatingSwitch: true },
  memory: { switchBits: 0x3311 },
};
const atAddress = (address: number): Partial<Command> => ({
  order: { target: { address, memory: {} }, before: settings },
});
const written = (front: string) => (on: boolean) => [modbus(front.replace('?', on ? '1' : '0')).toString('hex')];

const SUBJECTS: readonly Subject[] = [
  {
    protocol: jk,
    commands: [
      ...both('charge', (on) => nw('ab', Number(on)), nwOrder),
      ...both('discharge', (on) => nw('ac', Number(on)), nwOrder),
      ...both('balancing', (on) => nw('9d', Number(on)), nwOrder),
      { name: 'restart', value: true, sent: [PASSWORD, '4e57001400000000020200bb010000000068000001e1'] },
    ],
    dangerous: ['restart'],
    acknowledge: (request) => nwFrame(`0${request[8]} 00 01`, request.toString('hex', 11, 12)),
    foreign: {
      'another id': nwFrame('02 00 01', 'ac'),
      'data behind the id, which may be a refusal': nwFrame('02 00 01', 'ab 00'),
      'that of the password': nwFrame('05 00 01', '00'),
      'an upload': nwFrame('02 00 02', 'ab'),
      'the values of the board': nwFrame('06 00 01', '83 14ef 85 64'),
    },
    noise: hex('00 4e 4e57 ffff 68'),
    captured: 1,
    refusal: '',
    others: Object.fromEntries(
      ['ab', 'ab 02', 'ab 01 00', '8e 0101', 'bc 01', 'bd 01', 'b8 01', 'ad 0100'].map((data) => [
        nwFrame('02 02 00', data).toString('hex'),
        undefined,
      ]),
    ),
  },
  {
    protocol: jkBle,
    commands: [
      ...JK02,
      ...both('heating', (on) => [bleCommand(`27040${on ? 1 : 0}`)], onVariant('jk02-32s')),
      ...both(
        'balancing',
        (on) => [`aa5590eb6c010${on ? 1 : 0}000000000000000000000000e${on ? 8 : 7}`],
        onVariant('jk04'),
      ),
    ],
    dangerous: ['restart', 'shutdown'],
    acknowledge: () => ACKNOWLEDGEMENT,
    foreign: {
      ...{ settings: SETTINGS, cells: CELLS_32S, 'an AT line': AT },
      'another value': hex('aa5590ebc8010000000000000000000000000043'),
    },
    noise: AT,
    captured: 4,
    refusal: '',
    others: Object.fromEntries([
      // another width, another value, a width that is too long
      ...['1d0101', '1d0402', '1d0d01', '6c043f2c1f0b'].map((front) => [bleCommand(front), '']),
      [bleCommand('640400'), undefined],
    ]),
  },
  {
    protocol: jkModbus,
    commands: [
      ...both('charge', written('01 10 1070 0002 04 0000000?'), atAddress(1)),
      ...both('discharge', written('01 10 1074 0002 04 0000000?'), atAddress(1)),
      ...both('balancing', written('01 10 1078 0002 04 0000000?'), atAddress(1)),
      ...both('balancing', written('02 10 1078 0002 04 0000000?'), atAddress(2)),
      // one bit of a word, whose others go back as they were read
      ...both('heating', written('01 10 1114 0001 02 331?'), atAddress(1)),
    ],
    dangerous: [],
    acknowledge: (request) => modbus(request.subarray(0, 6)),
    foreign: {
      'another board': modbus('02 10 1070 0002'),
      'another register': modbus('01 10 1074 0002'),
      'another number of registers': modbus('01 10 1070 0001'),
      'the one of a trigger': acknowledgement(1),
      registers: registersOf('00000000'),
      'a refusal of another board': modbus('02 90 03'),
      'a refusal of a read': modbus('01 83 02'),
      'a longer write': modbus('01 10 1070 0003 06 000000000001'),
      'a write of nothing': modbus('01 10 1070 0000 00'),
      'a damaged echo': hex('0110107000020400000001 ffff'),
    },
    noise: Buffer.concat([hex('00 ff 01'), triggerOf(3), liveAnswer(3), hex('10 90 00')]),
    captured: 10,
    refusal: '01 90 02',
    others: {
      ...{ '01 10 100c 0002 04 000010cc': '01 90 02', '01 10 1070 0001 02 0001': '01 90 02' },
      ...{ '01 10 1114 0002 04 00000001': '01 90 02', '01 10 1070 0002 04 00000002': '01 90 03' },
      // no settings, or no whole write
      ...{ '01 10 1600 0002 04 00000000': undefined, '01 10 0fff 0001 02 0000': undefined },
      ...{ '01 10 1070 0001 04 00000001': undefined, '01 10 1070 0002 03 000001': undefined },
      ...{ '01 11 1070 0002 04 00000001': undefined, '01 10 1070 0000 00': undefined },
    },
  },
];

for (const subject of SUBJECTS) {
  const { protocol, commands, acknowledge, foreign, noise } = subject;
  const { id } = protocol;
  /** Bytes of an answer as they stand above: of Modbus without their CRC. */
  const bytesOf = (text: string): Buffer => (id === 'jk-modbus' ? modbus(text) : hex(text));

  const stepsOf = ({ name, value, order }: Command): Step[] => {
    const act = actionOf(protocol, name).script(orderFor(protocol, value, order));
    return play(protocol, act, ({ request }) => [acknowledge(request)]).steps;
  };

  describe(`${id}: commands`, () => {
    it('are those of the sheet, each sent once', () => {
      for (const command of commands) {
        const steps = stepsOf(command);
        assert.deepEqual(
          steps.map(({ request }) => request.toString('hex')),
          command.sent,
          command.name,
        );
        for (const { isWrite } of steps) assert.ok(isWrite);
      }
      const { actions = [] } = protocol;
      assert.deepEqual(new Set(actions.map(({ name }) => name)), new Set(commands.map(({ name }) => name)));
      const dangerous = actions.filter((action) => action.dangerous).map(({ name }) => name);
      assert.deepEqual(dangerous, subject.dangerous);
    });

    it('are acknowledged as recorded', () => {
      const recorded = loadVectors(id).flatMap(({ exchanges }) => exchanges);
      const found = recorded.flatMap(({ tx, rx }) => {
        const command = commands.find(({ sent }) => sent.at(-1) === tx);
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
      const [first] = commands;
      const step = first && stepsOf(first).at(-1);
      assert.ok(step);
      const good = acknowledge(step.request);
      const bytes = Array.from(Buffer.concat([noise, step.request, good, noise]), (byte) => Buffer.of(byte));
      for (const pieces of [[good], bytes]) assert.deepEqual(answered(protocol, step, pieces), [good]);
      for (const [what, frame] of Object.entries({ 'its echo': step.request, ...foreign })) {
        assert.ok(isNoAnswer(protocol, step, [frame]), what);
      }
      for (let at = 0; at < good.length; at++) {
        const damaged = Buffer.from(good);
        damaged[at] = (damaged[at] ?? 0) ^ 0x04;
        assert.ok(isNoAnswer(protocol, step, [damaged]), `byte ${at}`);
      }
    });

    it('are not sent while it is not known what is switched', () => {
      for (const { name, input, script } of protocol.actions ?? []) {
        if (input.kind !== 'switch') continue;
        assert.equal(refusedUnsent(protocol, script(orderFor(protocol, true))).code, 'unsupported', name);
      }
    });

    it('are obeyed and acknowledged by a simulated board, but not by one that cannot be commanded', () => {
      for (const { name, value, sent, pack = {} } of commands) {
        const request = hex(sent.at(-1) ?? '');
        const { side, asked } = obedientBoard();
        assert.deepEqual(protocol.emulate(request)?.answer(pack, side), acknowledge(request), name);
        assert.deepEqual(asked, [[name, value]]);
      }
      const [first] = commands;
      const answer = protocol.emulate(hex(first?.sent.at(-1) ?? ''))?.answer(first?.pack ?? {});
      assert.deepEqual(answer, subject.refusal === '' ? Buffer.alloc(0) : bytesOf(subject.refusal));
    });

    it('that a simulated board does not have are refused, or left unanswered', () => {
      const { side, asked } = obedientBoard();
      for (const [request, answer] of Object.entries(subject.others)) {
        const got = protocol.emulate(bytesOf(request))?.answer(MODELS['jk02-32s'], side);
        assert.deepEqual(got, answer === '' ? Buffer.alloc(0) : answer && bytesOf(answer), request);
      }
      assert.deepEqual(asked, []);
    });
  });
}
