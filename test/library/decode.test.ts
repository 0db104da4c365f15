import assert from 'node:assert/strict';
import { protocolById } from '../../src/codec';
import { BmsError, decode, listProtocols, readRequests, type RecordedExchange } from '../../src/library/codec';
import { verifiedVectors } from '../support/expected';
import { loadVector, readVector, type Vector } from '../support/vectors';

const JBD_STATUS = loadVector('jbd', 'pdf-v4-basic-15s').exchanges[0]?.rx ?? [];

function exchangesOf({ exchanges, unsolicited = [] }: Vector): (RecordedExchange | string)[] {
  return [...exchanges.map(({ tx: request, rx: response }) => ({ request, response })), ...unsolicited];
}

/** What is thrown for such frames. */
function codeOf(protocol: string, frames: string): string {
  try {
    decode(protocol, frames);
  } catch (error) {
    if (error instanceof BmsError) return error.code;
    throw error;
  }
  return 'nothing';
}

describe('decode', () => {
  for (const { name, vectors } of verifiedVectors())
    it(`gives what the session reads, for the captures of ${name}`, () => {
      for (const vector of vectors) {
        const protocol = protocolById(vector.protocol) ?? assert.fail(`no protocol ${vector.protocol}`);
        const { address } = vector;
        const reading = decode(protocol.id, exchangesOf(vector), address === undefined ? {} : { address });
        assert.deepEqual(reading, readVector(protocol, vector).reading, vector.file);
      }
    });

  it('takes bytes, text, and a stream in pieces without its requests', () => {
    const whole = Buffer.from(JBD_STATUS.join(''), 'hex');
    const reading = decode('jbd', whole);
    assert.equal(reading.voltage, 58.88);
    assert.deepEqual(decode('jbd', [new Uint8Array(whole.subarray(0, 9)), whole.toString('hex', 9)]), reading);
    assert.deepEqual(decode('jbd', (whole.toString('hex').match(/../g) ?? []).join(' ')), reading);
  });

  it('says why nothing can be decoded', () => {
    assert.equal(codeOf('jbd', `${JBD_STATUS.join('').slice(0, -4)}0077`), 'checksum');
    assert.equal(codeOf('jbd', '00 11 22'), 'malformed');
    assert.equal(codeOf('jbd', 'no hex'), 'bad_value');
    assert.equal(codeOf('jbd', 'dd038000ff8077'), 'unsupported');
    assert.equal(codeOf('nobody', ''), 'unsupported');
  });
});

describe('listProtocols', () => {
  it('tells of every protocol what a program needs to choose', () => {
    const jbd = listProtocols().find(({ id }) => id === 'jbd') ?? assert.fail();
    assert.equal(jbd.baudRate, 9600);
    assert.equal(jbd.bluetooth, true);
    assert.deepEqual(
      jbd.actions.find(({ name }) => name === 'discharge'),
      { name: 'discharge', input: { kind: 'switch' }, dangerous: false },
    );
    assert.deepEqual(listProtocols().find(({ id }) => id === 'jbd-up16s')?.address, { initial: 1, min: 1, max: 247 });
  });
});

describe('readRequests', () => {
  it('gives the bytes that read a board at its address', () => {
    const jbd = readRequests('jbd').map(({ bytes }) => Buffer.from(bytes).toString('hex'));
    assert.ok(jbd.includes('dda50300fffd77'), jbd.join());
    const [first] = readRequests('jbd-up16s', 7);
    assert.equal(first?.bytes[0], 7);
    for (const { id } of listProtocols()) assert.ok(readRequests(id).length > 0, id);
  });
});
