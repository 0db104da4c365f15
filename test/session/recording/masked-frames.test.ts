import assert from 'node:assert/strict';
import fc from 'fast-check';
import { protocolById, protocols } from '../../../src/codec';
import { buildRequest, buildResponse } from '../../../src/codec/daly/wire';
import { classicWire } from '../../../src/codec/jbd/wire';
import { Framer } from '../../../src/codec/kit/framing';
import { FrameMasker } from '../../../src/session/recording/masked-frames';
import { maskedName, maskedText, maskedValue } from '../../../src/session/recording/masked-text';
import { secretBytes } from '../../../src/session/recording/secret-bytes';
import { fieldVectors, verifiedVectors } from '../../support/expected';
import { loadVector, readVector, type Exchange, type Vector } from '../../support/vectors';

type Result = 'matched' | 'timeout';

/** The exchanges of a vector as a report has them. */
function masked(protocol: string, exchanges: readonly Exchange[], result: Result = 'matched', secrets: string[] = []) {
  const masker = new FrameMasker();
  return exchanges.map(({ tx, rx, what }, i) => {
    const { exchange, places } = masker.mask(
      {
        ...{ kind: 'exchange', at: 100 * i, label: { what, protocol }, sent: Buffer.from(tx, 'hex'), late: [] },
        received: rx.map((hex) => ({ at: 100 * i, bytes: Buffer.from(hex, 'hex') })),
        ending: { result, foreign: 0, damaged: 0 },
      },
      secretBytes(secrets),
    );
    return {
      tx: exchange.sent.toString('hex'),
      rx: exchange.received.map(({ bytes }) => bytes.toString('hex')),
      what,
      places,
    };
  });
}

function assertAbsent(secrets: readonly string[], exchanges: readonly Exchange[]): void {
  for (const { tx, rx } of exchanges) {
    for (const bytes of [tx, rx.join('')].map((hex) => Buffer.from(hex, 'hex'))) {
      for (const secret of secrets.flatMap((text) => [
        ...secretBytes([text]),
        Buffer.from(text.replaceAll('.', ''), 'hex'),
      ])) {
        assert.ok(
          secret.length < 4 || !bytes.includes(secret),
          `${secret.toString('hex')} in ${bytes.toString('hex')}`,
        );
      }
    }
  }
}

const both = (bytes: string): Exchange[] => [{ tx: bytes, rx: [bytes], what: 'sent, and echoed' }];
const captured = (family: string, file: string): Exchange[] => loadVector(family, file).exchanges;

const BATTERY_CODE = buildResponse(1, 0x57, Buffer.from('\x01SN12345')).toString('hex');

const textAnswer = (register: number): string =>
  classicWire.build(0, register, 0, Buffer.from('\x0aJBD1234567')).toString('hex');

/** One of the block parameters, from index 6 on (jbd.md 7.4). */
const SERIAL_NUMBER = classicWire.build(0, 0xfa, 0, Buffer.from('00060104d2', 'hex')).toString('hex');

/** Where boards, modules and hosts tell secrets and serial numbers, by protocol; frames of the sheets, or captured ones. */
const TELLING: readonly (readonly [
  protocol: string,
  where: string,
  exchanges: readonly Exchange[],
  secrets: string[],
])[] = [
  ['jbd', 'use of a password', both('dd5a060706070605080208ffc977'), ['765828']],
  ['jbd', 'change of a password', both('dd5a070d0c070605080208010203040506ffa777'), ['765828', '123456']],
  [
    'jbd',
    'bar code',
    [
      { tx: 'dda5a100ff5f77', rx: [textAnswer(0xa1)], what: 'model, or a PIN' },
      { tx: 'dda5a200ff5e77', rx: [textAnswer(0xa2)], what: 'bar code' },
    ],
    ['JBD1234567'],
  ],
  ['jbd', 'serial number among the parameters', [{ tx: 'dda5fa03000601fefc77', rx: [SERIAL_NUMBER], what: '' }], []],
  ['jbd', 'login', captured('jbd', 'auth-ffaa-123412-ok'), []],
  ['jbd-up16s', 'pack parameters', captured('jbd', 'up16s020-addr1-parameters'), ['UP16S019000123525032200332']],
  ['jbd-up16s', 'name of the pack', captured('jbd', 'up16s020-addr1-master'), ['JBD48100000']],
  ['ant', 'password of level 1', both('7ea1234a01083132333435363738db50aa55'), ['12345678']],
  ['ant', 'password of level 5', both('7ea1236a010c3132333435363738393031328cbfaa55'), ['123456789012']],
  ['ant', 'chip id', captured('ant', '20-chip-id'), ['40703b18dc8f9e1137428401']],
  ['ant-legacy', 'unlocking', both('a5a5f1313254a5a5f2333459a5a5f335365ea5a5f4373863'), ['12345678', '1234', '5678']],
  ['daly', 'battery code', [{ tx: buildRequest(1, 0x57).toString('hex'), rx: [BATTERY_CODE], what: '' }], ['SN12345']],
  ['daly-modbus', 'password of D2', captured('daly-modbus', 'd2-password'), ['123456']],
  [
    'daly-modbus',
    'settings and identity of p81',
    captured('daly-modbus', 'p81-16s-settings-identity'),
    ['123456', '210LC210900005'],
  ],
  ['jk', 'every answer', captured('jk', '13s-b2a24s-10.07-mosfets-off'), ['123456', 'Input User', '1234']],
  [
    'jk-ble',
    'device information',
    captured('jk-ble', 'live-24s-b1a20s15p-10.07'),
    ['1122109276', '123456', 'Input Userdata', '1234'],
  ],
  [
    'jk-modbus',
    'device information in a frame',
    captured('jk-modbus', 'poll-addr2-info-settings'),
    ['40110490267', '123456', '1234'],
  ],
  [
    'jk-modbus',
    'device information in registers',
    captured('jk-modbus', 'fc03-pb2a16s20p-15.41-full'),
    ['50314490295', '123456'],
  ],
];

/** What a masked reading may lack, or tell otherwise. */
const PRIVATE_KEYS = ['serialNumber', 'deviceName', 'hardwareVersion'];

const publicOf = (reading: object): object =>
  Object.fromEntries(Object.entries(reading).filter(([key]) => !PRIVATE_KEYS.includes(key)));

/** Each frame, as the framer of a protocol finds it, has a right checksum. */
function framesIn(protocol: string, rx: readonly string[]): number {
  const framer = new Framer(protocolById(protocol)?.frames ?? { maxLength: 1, measure: () => 0 });
  return rx.flatMap((hex) => framer.push(Buffer.from(hex, 'hex'))).length;
}

describe('masked frames', () => {
  for (const [protocol, where, exchanges, secrets] of TELLING) {
    it(`tell no secret: ${protocol}, ${where}`, () => {
      const report = masked(protocol, exchanges);
      assertAbsent(secrets, report);
      assert.notDeepEqual(
        report.map(({ tx, rx }) => [tx, rx]),
        exchanges.map(({ tx, rx }) => [tx, rx]),
      );
      report.forEach(({ rx }, i) => assert.equal(framesIn(protocol, rx), framesIn(protocol, exchanges[i]?.rx ?? [])));
    });

    it(`tell none either where the answer is damaged, cut, or late: ${protocol}, ${where}`, () => {
      for (const exchange of exchanges) {
        const answer = Buffer.from(exchange.rx.join(''), 'hex');
        const damaged = Buffer.from(answer);
        damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 0x11, damaged.length - 1);
        assertAbsent(secrets, masked(protocol, [{ ...exchange, rx: [damaged.toString('hex')] }], 'timeout'));
        for (let at = 1; at < answer.length; at += Math.ceil(answer.length / 40)) {
          const [head, tail] = [answer.subarray(0, at).toString('hex'), answer.subarray(at).toString('hex')];
          const next = { tx: '', rx: [tail], what: 'the rest of it' };
          assertAbsent(secrets, masked(protocol, [{ ...exchange, rx: [head] }, next], 'timeout'));
        }
      }
    });
  }

  for (const { name, vectors } of [...fieldVectors(), ...verifiedVectors()]) {
    it(`decode to the same but for what is masked: ${name}`, () => {
      for (const vector of vectors) {
        const protocol = protocolById(vector.protocol);
        assert.ok(protocol);
        const report: Vector = { ...vector, exchanges: masked(vector.protocol, vector.exchanges) };
        assert.deepEqual(
          publicOf(readVector(protocol, report).reading),
          publicOf(readVector(protocol, vector).reading),
          vector.file,
        );
      }
    });
  }

  it('are left as they are where nothing is private', () => {
    const { exchanges } = loadVector('daly', 'rs485-14s-idle-full-poll');
    assert.deepEqual(
      masked('daly', exchanges).map(({ rx }) => rx),
      exchanges.map(({ rx }) => rx),
    );
  });

  it('name the bytes of a request that a password decides, its checksum among them', () => {
    const [use] = masked('jbd', both('dd5a060706070605080208ffc977'));
    assert.deepEqual([use?.tx, use?.places], ['dd5a060706000000000000ffed77', [[5, 8]]]);
  });

  it('keep their length, whatever bytes they are', () => {
    const ids = fc.constantFrom(...protocols().map(({ id }) => id), '');
    const pieces = fc.array(fc.uint8Array({ maxLength: 320 }), { maxLength: 3 });
    const heads = fc.constantFrom(
      '',
      'dd5a06',
      'ffaa18',
      '7ea123',
      'a5a5f1',
      '4e57',
      'aa5590eb',
      '0178',
      'd203',
      '0110',
    );
    fc.assert(
      fc.property(ids, heads, fc.uint8Array({ maxLength: 24 }), pieces, (id, head, tail, rx) => {
        const tx = head + Buffer.from(tail).toString('hex');
        const hexes = rx.map((bytes) => Buffer.from(bytes).toString('hex'));
        const [report] = masked(id, [{ tx, rx: hexes, what: '' }]);
        assert.deepEqual(
          [report?.tx.length, report?.rx.map(({ length }) => length)],
          [tx.length, hexes.map(({ length }) => length)],
        );
      }),
    );
  });

  it('hold no known secret, wherever it stands', () => {
    const rx = [Buffer.from('..AT+NAME=s3cret-pw\r\n').toString('hex')];
    assert.ok(
      !JSON.stringify(masked('daly', [{ tx: '', rx, what: '' }], 'timeout', ['s3cret-pw'])).includes('733363726574'),
    );
    const mac = masked('daly', [{ tx: '', rx: ['00be2d0437c1a400'], what: '' }], 'timeout', ['A4:C1:37:04:2D:BE']);
    assert.deepEqual(mac[0]?.rx, ['0078787878787800']);
  });
});

describe('masked text', () => {
  it('keeps what tells the model, and loses serial numbers and addresses', () => {
    const names = {
      'JK-B2A24S15P': 'JK-B2A24S15P',
      'SP04S034-L4S-200A-B-U': 'SP04S034-L4S-200A-B-U',
      'DL-40182000A5B3': 'DL-00000000x0x0',
      'R-24100BNN160-A00222': 'R-00000xxx000-x00000',
      'a4:c1:38:12:34:56': '00:00:00:00:00:00',
      'A4-C1-38-12-34-56': '00-00-00-00-00-00',
      '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0':
        '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_x00000xx-if00-port0',
      '/dev/ttyUSB0': '/dev/ttyUSB0',
    };
    for (const [name, wanted] of Object.entries(names)) assert.equal(maskedName(name), wanted);
  });

  it('loses known secrets in every text of a value, and keeps figures', () => {
    assert.equal(maskedText('The pack of Anna is lost.', ['Anna']), 'The pack of xxxx is lost.');
    assert.deepEqual(maskedValue({ rate: '115200', list: ['Anna', 7], host: '192.168.1.50' }, ['Anna']), {
      ...{ rate: '115200', list: ['xxxx', 7], host: '192.168.1.50' },
    });
  });
});
