import assert from 'node:assert/strict';
import { VirtualController } from '../support/ble/controller';
import { VirtualPeripheral } from '../support/ble/peripheral';
import { FakeClock } from '../support/fake-clock';

const ADDRESS = 'a4:c1:38:00:00:01';
/** LE Create Connection to it, a public address (Core Specification, Vol 4 Part E 7.8.12). */
const CONNECT = '010d2019' + '6000300000' + '00' + '01000038c1a4' + '00' + '060012000000' + '2a0004000600';
const LINK = '4000';

describe('Bluetooth: the virtual controller, byte by byte', () => {
  let told: string[];
  let hear: (bytes: Buffer) => void;
  let controller: VirtualController;
  let device: VirtualPeripheral;

  beforeEach(() => {
    told = [];
    const characteristics = [
      { uuid: 'ff01', properties: ['notify'] as const },
      { uuid: 'ff02', properties: ['write'] as const },
    ];
    device = new VirtualPeripheral({ address: ADDRESS, name: 'bms', services: [{ uuid: 'ff00', characteristics }] });
    const stream = {
      write: (bytes: Buffer) => void told.push(bytes.toString('hex')),
      onData: (listener: (bytes: Buffer) => void) => void (hear = listener),
    };
    controller = new VirtualController(stream, { clock: new FakeClock() });
    controller.add(device);
  });

  /** What comes back for some bytes. */
  function ask(hex: string): string[] {
    told = [];
    hear(Buffer.from(hex, 'hex'));
    return told;
  }

  /** The answer of the attribute protocol to a request, without headers. */
  function att(pdu: string): string | undefined {
    const length = pdu.length / 2;
    const packets = ask(`02${LINK}${hex16(length + 4)}${hex16(length)}0400${pdu}`);
    return packets.find((packet) => packet.startsWith('02'))?.slice(18);
  }

  it('answers a reset as the UART driver of noble expects it', () => {
    assert.deepEqual(ask('01030c00'), ['040e0401030c00']);
  });

  it('takes commands in any pieces', () => {
    assert.deepEqual(ask('01030c'), []);
    assert.deepEqual(ask('0001030c00'), ['040e0401030c00', '040e0401030c00']);
  });

  it('says so when it does not know a command', () => {
    assert.deepEqual(ask('01fffc00'), ['040f040101fffc']);
  });

  it('cannot do with bytes that are no packet', () => {
    assert.throws(() => ask('99'), /packet of kind 153/);
  });

  it('connects, and refuses to try twice at the same time', () => {
    device.absent = true;
    assert.deepEqual(ask(CONNECT), ['040f0400010d20']);
    assert.deepEqual(ask(CONNECT), ['040f040c010d20']);
    // cancelled: the command's own outcome, and that of the attempt
    assert.deepEqual(ask('010e2000'), ['040e04010e2000', '043e130102' + '00'.repeat(17)]);
    assert.deepEqual(ask('010e2000'), ['040e04010e200c']);
    device.absent = false;
    assert.deepEqual(ask(CONNECT), ['040f0400010d20', `043e130100${LINK}000001000038c1a4120000002a0000`]);
  });

  it('does not know a link that is not there', () => {
    assert.deepEqual(ask('01060403990013'), ['040f0402010604']);
  });

  it('tells what it is told of the other side: version, features, parameters', () => {
    ask(CONNECT);
    assert.deepEqual(ask(`011d0402${LINK}`), ['040f0400011d04', `040c0800${LINK}090d000000`]);
    assert.deepEqual(ask(`01162002${LINK}`), ['040f0400011620', `043e0c0400${LINK}2000000000000000`]);
    const update = `0113200e${LINK}` + '0600120000002a0000000000';
    assert.deepEqual(ask(update), ['040f0400011320', `043e0a0300${LINK}120000002a00`]);
  });

  it('tells of a new data length only a host that wants to hear it', () => {
    ask(CONNECT);
    const set = `01222006${LINK}fb004808`;
    assert.deepEqual(ask(set), [`040e0601222000${LINK}`]);
    ask('010120085f00000000000000');
    assert.deepEqual(ask(set), [`040e0601222000${LINK}`, `043e0b07${LINK}fb004808fb004808`]);
  });

  it('tells that a packet has left, then answers it', () => {
    ask(CONNECT);
    const packets = ask(`02${LINK}070003000400` + '020001');
    assert.deepEqual(packets, [`04130501${LINK}0100`, '0240200700' + '0300040003f700']);
  });

  for (const [what, request, answer] of [
    ['an unknown request', '3a0100', '013a000006'],
    ['a request that is too short', '0a', '010a000004'],
    ['a handle that is not there', '0a9900', '010a990001'],
    ['a value that cannot be read', '0a0600', '010a060002'],
    ['a value that cannot be written', '12060001', '0112060003'],
    ['an offset beyond the end', '0c0300ff00', '010c030007'],
    ['a range from 0', '080000ffff0328', '0108000001'],
    ['a range without such attributes', '100a00ffff0028', '01100a000a'],
    ['groups of what makes none', '100100ffff0328', '0110010010'],
  ] as const) {
    it(`refuses ${what}`, () => {
      ask(CONNECT);
      assert.equal(att(request), answer);
    });
  }

  it('does not answer commands of the attribute protocol, known or not', () => {
    ask(CONNECT);
    assert.equal(att('52990001'), undefined);
    assert.equal(att('7f00'), undefined);
  });

  it('lists services, characteristics and descriptors', () => {
    ask(CONNECT);
    assert.equal(att('100100ffff0028'), '1106' + '010003000018' + '0400090000ff');
    assert.equal(att('080400ffff0328'), '0907' + '0500100600' + '01ff' + '0800080900' + '02ff');
    assert.equal(att('0407000900'), '0501' + '07000229' + '08000328' + '090002ff');
  });

  it('goes by its clock, and not at all when closed', async () => {
    const clock = new FakeClock();
    const quiet = { write: () => undefined, onData: (listener: (bytes: Buffer) => void) => void (hear = listener) };
    const other = new VirtualController(quiet, { clock });
    device.absent = true;
    other.add(device);
    hear(Buffer.from(CONNECT, 'hex'));
    assert.equal(clock.timers, 1);
    device.absent = false;
    await clock.tick(100);
    assert.deepEqual([other.openConnections, clock.timers], [1, 0]);
    other.close();
    assert.equal(device.connection, undefined);
  });
});

function hex16(value: number): string {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes.toString('hex');
}
