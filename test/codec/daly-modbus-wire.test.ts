import assert from 'node:assert/strict';
import type { DalyModbusMemory as Memory } from '../../src/codec/daly-modbus/memory';
import { BmsError } from '../../src/battery/errors';
import { dalyModbus } from '../../src/codec/daly-modbus';
import { Framer } from '../../src/codec/kit/framing';
import { ask, block, closed, D2_BOARD, P81_BOARD, queryFor, reply } from '../support/daly-modbus';
import { loadVector, readVector } from '../support/vectors';

const D2_KNOWN: Memory = { variant: 'd2', statusRegisters: 62, isBalancing: false, cellCount: 4 };
const P81_KNOWN: Memory = { variant: 'p81', cellCount: 4 };

function request(words: string, address: number, memory: Memory = {}, attempt = 1): string {
  return queryFor(words).request({ address, memory }, attempt).toString('hex');
}

function verdict(words: string, frame: Buffer, address: number, memory: Memory = {}): unknown {
  const found = queryFor(words).match(frame, [], { address, memory });
  return found instanceof BmsError ? found.code : found;
}

function asked(address: number, memory: Memory): string[] {
  const target = { address, memory };
  return dalyModbus.queries
    .filter((query) => query.applies?.(target) ?? true)
    .map((query) => query.request(target).toString('hex'));
}

const STATUS = reply(0xd2, block(0, 62, D2_BOARD));
const CELLS = reply(0x51, block(0, 64, P81_BOARD));

describe('daly-modbus requests (sections 1, 4, 5)', () => {
  it('at address 0: D2 with 62 registers, then board 1, then D2 with 80', () => {
    const tries = [1, 2, 3, 4, 5].map((attempt) => request('status (0000)', 0, {}, attempt));
    assert.deepEqual(tries, [
      'd2030000003ed7b9',
      '8103000000405bfa',
      'd203000000505655',
      '8103000000405bfa',
      'd2030000003ed7b9',
    ]);
  });

  it('a D2 board that answered is asked for as many registers, whatever else is lost', () => {
    for (const attempt of [1, 2, 3]) {
      assert.equal(request('status (0000)', 0, D2_KNOWN, attempt), 'd2030000003ed7b9');
      assert.equal(request('status (0000)', 0, { ...D2_KNOWN, statusRegisters: 80 }, attempt), 'd203000000505655');
    }
  });

  it('the whole of a D2 board', () => {
    const identity = ['d20300a900208791', 'd20300cc00021797', 'd20300800029965f'];
    identity.push('d20300a500044789', 'd20300cf0001a796');
    assert.deepEqual(asked(0, D2_KNOWN), ['d2030000003ed7b9', 'd203003e0009f7a3', ...identity]);
    assert.deepEqual(asked(0, { ...D2_KNOWN, statusRegisters: 80 }), ['d203000000505655', ...identity]);
    assert.deepEqual(asked(0xd2, D2_KNOWN), asked(0, D2_KNOWN));
  });

  it('the whole of a board with a number', () => {
    const all = ['8103000000405bfa', '81030041003e8bce', '81030178004a5a18', '8103010000519a0a', '8103012100028a3d'];
    assert.deepEqual(asked(1, {}), all);
    assert.deepEqual(asked(0, P81_KNOWN), all);
    assert.equal(request('status (0000)', 17), closed('910300000040').toString('hex'));
    assert.equal(request('(0041)', 2), closed('82030041003e').toString('hex'));
  });

  it('address d2 asks nobody else', () => {
    const tries = [1, 2, 3].map((attempt) => request('status (0000)', 0xd2, {}, attempt));
    assert.deepEqual(tries, ['d2030000003ed7b9', 'd203000000505655', 'd2030000003ed7b9']);
    assert.equal(verdict('status (0000)', CELLS, 0xd2), 'foreign');
  });

  it('only reads: function 03, never the password at c9', () => {
    for (const [address, memory] of [
      [0, D2_KNOWN],
      [0, P81_KNOWN],
      [1, {}],
    ] as const) {
      for (const tx of asked(address, memory)) {
        assert.equal(tx.slice(2, 4), '03');
        assert.notEqual(tx.slice(4, 8), '00c9');
      }
    }
  });

  it('what many boards do not have is optional', () => {
    const optional = dalyModbus.queries.filter((query) => query.optional === true).map(({ name }) => name);
    assert.equal(optional.length, 9);
    assert.equal(dalyModbus.queries.length, 11);
  });
});

describe('daly-modbus answers (section 3)', () => {
  it('whichever map answers at address 0 is the one that is read from then on', () => {
    assert.equal(ask('status (0000)', STATUS).memory.variant, 'd2');
    const board = ask('status (0000)', CELLS);
    assert.deepEqual(board.memory, { variant: 'p81', cellCount: 4 });
    assert.equal(request('status (0000)', 0, board.memory), '8103000000405bfa');
    assert.equal(ask('(0041)', reply(0x51, block(0x41, 62, {}))).memory.variant, 'p81');
    assert.equal(verdict('status (0000)', CELLS, 0, D2_KNOWN), 'foreign');
    assert.equal(verdict('status (0000)', STATUS, 0, P81_KNOWN), 'foreign');
  });

  it('an answer carries no register: another length, address or function is another answer', () => {
    assert.equal(verdict('status (0000)', STATUS, 0), 'complete');
    assert.equal(verdict('status (0000)', reply(0xd2, Buffer.alloc(122)), 0), 'foreign');
    assert.equal(verdict('status (0000)', reply(0xd2, Buffer.alloc(126)), 0), 'foreign');
    assert.equal(verdict('status (0000)', reply(0xd2, Buffer.alloc(160)), 0, D2_KNOWN), 'foreign');
    assert.equal(verdict('status (0000)', reply(0x52, Buffer.alloc(128)), 0), 'foreign');
    assert.equal(verdict('status (0000)', reply(0x52, Buffer.alloc(128)), 2), 'complete');
    assert.equal(verdict('status (0000)', STATUS, 1), 'foreign');
    assert.equal(verdict('(0041)', reply(0x51, Buffer.alloc(124)), 1), 'complete');
    assert.equal(verdict('(0041)', reply(0x51, Buffer.alloc(122)), 1), 'foreign');
    assert.equal(verdict('(0041)', reply(0xd2, Buffer.alloc(124)), 1), 'foreign');
  });

  it('a shorter answer with a right CRC is never decoded in part', () => {
    for (const query of dalyModbus.queries) {
      assert.throws(() => query.decode([reply(0xd2, Buffer.alloc(0))], { address: 0, memory: {} }), {
        code: 'malformed',
      });
      assert.throws(() => query.decode([], { address: 0, memory: {} }), { code: 'malformed' });
    }
  });

  it('the echo of a request is no frame', () => {
    for (const echo of ['d2030000003ed7b9', 'd203003e0009f7a3', '8103000000405bfa', '81030178004a5a18']) {
      const framer = new Framer(dalyModbus.frames);
      assert.deepEqual(framer.push(Buffer.from(echo, 'hex')), []);
      assert.deepEqual([framer.discarded, framer.badChecksums, framer.pending], [8, 0, 0], echo);
    }
    const both = Buffer.concat([Buffer.from('d2030000003ed7b9', 'hex'), STATUS]);
    assert.equal(ask('status (0000)', both).reading.voltage, 13.3);
  });

  it('answers to writes and other functions are no frames', () => {
    for (const { file, tx } of [
      { file: 'd2-balancer-switch-write', tx: 'd20600cf0000aa56' },
      { file: 'd2-write-bad-crc-echo', tx: 'd20600cf00016b96' },
      { file: 'p81-probe-by-app', tx: '81100f05000200000000876a' },
    ]) {
      const rx =
        loadVector('daly-modbus', file)
          .exchanges.find((exchange) => exchange.tx === tx)
          ?.rx.join('') ?? '';
      assert.ok(rx.length > 0);
      const framer = new Framer(dalyModbus.frames);
      assert.deepEqual([...framer.push(Buffer.from(rx, 'hex')), ...framer.resync()], [], file);
    }
  });

  it('vectors of framing: reads are framed, whatever they mean', () => {
    for (const file of ['document-framing-examples', 'd2-balancer-switch-read', 'd2-password']) {
      for (const { tx, rx } of loadVector('daly-modbus', file).exchanges) {
        const frames = new Framer(dalyModbus.frames).push(Buffer.from(rx.join(''), 'hex'));
        assert.deepEqual(
          frames.map((frame) => frame.toString('hex')),
          tx.startsWith('d203') ? rx : [],
        );
      }
    }
  });

  it('pipelined answers are glued: cut by byte count and CRC, each to its own request', () => {
    const vector = loadVector('daly-modbus', 'd2-pipelined-answers');
    const stream = Buffer.from(vector.exchanges.flatMap(({ rx }) => rx).join(''), 'hex');
    const frames = new Framer(dalyModbus.frames).push(stream);
    assert.deepEqual(
      frames.map((frame) => frame[2]),
      [56, 4, 18, 34, 24],
    );
    // The answers to the two requests before come first; the date is 00-01-01, which was never set.
    const late = ask('(00cc)', stream, D2_KNOWN);
    assert.deepEqual(late.reading, {});
    // A MOSFET temperature of ffff: this board does not fill these registers.
    assert.deepEqual(ask('(003e)', stream, D2_KNOWN).memory.hasExtended, false);
    const got = readVector(dalyModbus, vector);
    assert.deepEqual(
      got.errors.map(({ code }) => code),
      ['timeout', 'timeout'],
    );
  });

  it('a damaged answer is a checksum error, a cut one a time-out', () => {
    const damaged = Buffer.from(STATUS);
    damaged[40] = (damaged[40] ?? 0) ^ 1;
    assert.throws(() => ask('status (0000)', damaged), { code: 'checksum' });
    assert.throws(() => ask('status (0000)', STATUS.subarray(0, -1)), { code: 'timeout' });
  });

  it('a refusal in the way of Modbus says what to do', () => {
    for (const [code, expected] of [
      ['01', 'unsupported'],
      ['02', 'unsupported'],
      ['03', 'unsupported'],
      ['04', 'rejected'],
      ['06', 'rejected'],
    ]) {
      assert.throws(() => ask('status (0000)', closed(`d283${code}`)), { code: expected });
      assert.throws(() => ask('(0041)', closed(`5283${code}`), {}, 2), { code: expected });
    }
    assert.equal(verdict('(0041)', closed('518302'), 2), 'foreign');
  });

  it('noise: heads that cannot be hold nothing up', () => {
    for (const head of ['d205', 'd20300', 'd20301', 'd2037d', 'd203fc', '50', '62', '5106', '5110']) {
      const framer = new Framer(dalyModbus.frames);
      framer.push(Buffer.from(head, 'hex'));
      assert.equal(framer.pending, 0, head);
    }
  });
});
