import assert from 'node:assert/strict';
import fc from 'fast-check';
import { systemClock } from '../../src/clock';
import { protocolById } from '../../src/codec';
import type { Channel } from '../../src/link/link';
import { Rfc2217Link } from '../../src/link/rfc2217';
import { TcpLink } from '../../src/link/tcp';
import { escaped, subnegotiation, TelnetReader } from '../../src/link/telnet';
import { Bus } from '../../src/session/bus';
import { Device } from '../../src/session/device';
import { ComPortServer } from '../support/com-port-server';
import { Ear, failureOf } from '../support/ear';
import { FakeClock } from '../support/fake-clock';
import { ScriptedLink } from '../support/scripted-link';
import { steadyPack } from '../support/served-board';

describe('a bridge with RFC 2217', () => {
  let server: ComPortServer;
  let channel: Channel | undefined;
  beforeEach(async () => {
    server = await new ComPortServer().listen();
  });
  afterEach(async () => {
    await channel?.close();
    channel = undefined;
    await server.close();
  });

  const linkTo = (): Rfc2217Link =>
    new Rfc2217Link(
      new TcpLink({ host: '127.0.0.1', port: server.port, clock: systemClock, isTelnet: true }),
      systemClock,
    );

  async function open(baudRate = 9600): Promise<{ channel: Channel; heard: Ear }> {
    const heard = new Ear();
    channel = await linkTo().open(heard, { baudRate });
    return { channel, heard };
  }

  // 65535 has the byte of Telnet's commands in it, twice.
  for (const rate of [9600, 19_200, 115_200, 65_535]) {
    it(`is set to ${rate} 8N1 without flow control before anything is sent`, async () => {
      await open(rate);
      assert.deepEqual(server.serial, { rate, dataBits: 8, parity: 1, stopBits: 1, control: 1 });
    });
  }

  for (const piece of [1, 3, 4096]) {
    it(`carries every byte both ways, in pieces of ${piece}`, async () => {
      const all = Buffer.from([...Array(256).keys(), 255, 255, 240, 255]);
      server.whims = { piece };
      let got = '';
      server.board = (bytes, _rate, reply) => {
        got += bytes.toString('hex');
        if (got.length === 2 * all.length) reply(all);
      };
      const { channel, heard } = await open();
      await channel.write(all);
      await heard.until(() => heard.hex.length >= 2 * all.length);
      assert.deepEqual([got, heard.hex], [all.toString('hex'), all.toString('hex')]);
    });
  }

  it('tells that the far side has gone', async () => {
    const { heard } = await open();
    await server.close();
    await heard.until(() => heard.closings.length > 0);
    await server.listen();
  });

  it('tells that the far side has closed the connection in good order', async () => {
    const { heard } = await open();
    server.hangUp();
    await heard.until(() => heard.closings.length > 0);
    assert.equal(heard.wasOrderly, true);
  });

  it('is found out at the rate of its board, and read', async function () {
    this.timeout(20_000);
    const jk = protocolById('jk');
    assert.ok(jk);
    const pack = steadyPack();
    server.board = (bytes, rate, reply) => {
      const served = rate === jk.profile.baudRate ? jk.emulate(bytes) : undefined;
      if (served !== undefined) reply(served.answer({ ...pack.read(), model: 'JK' }));
    };
    const bus = new Bus({ link: linkTo(), clock: systemClock });
    // Two protocols of other rates are asked first.
    const device = new Device({
      name: 'Bank',
      bus,
      protocol: jk,
      address: undefined,
      pollIntervalMs: 0,
      clock: systemClock,
    });
    bus.setNeeds(device, { baudRate: 19_200 });
    bus.clearNeeds(device);
    device.start();
    bus.open();
    try {
      const { reading } = await device.read();
      assert.ok((reading.voltage ?? 0) > 0);
      assert.equal(server.serial.rate, 115_200);
    } finally {
      device.stop();
      await bus.close();
    }
  });

  it('that greets with options of its own gets each answered once', async () => {
    // DO terminal type, WILL echo, DO NAWS, twice; WILL binary.
    server.whims = { greeting: 'fffd18fffb01fffd1ffffd18fffb01fffd1ffffb00' };
    await open();
    const counts = new Map<string, number>();
    for (const each of server.commands) counts.set(each, (counts.get(each) ?? 0) + 1);
    assert.deepEqual([counts.get('252 24'), counts.get('254 1'), counts.get('252 31')], [1, 1, 1]);
    assert.ok([...counts.values()].every((count) => count === 1));
  });

  for (const [what, whims, words] of [
    ['refuses to be set', { refuses: true }, /does not let its port be set/],
    ['has one rate only', { onlyRate: 9600 }, /does not take 115200 baud, its port stays at 9600/],
    ['has another parity', { parity: 2 }, /does not take no parity/],
    ['hangs up', { hangsUp: true }, /closed the connection/],
  ] as const) {
    it(`that ${what} does not open, and says why`, async () => {
      server.whims = whims;
      const error = await failureOf(open(115_200));
      assert.equal(error.code, 'disconnected');
      assert.match(error.message, words);
    });
  }

  it('may tell the rate that its clock really makes', async () => {
    server.whims = { onlyRate: 115_384 };
    await open(115_200);
  });

  it('that says nothing is given five seconds', async () => {
    const clock = new FakeClock();
    const raw = new ScriptedLink(clock, () => undefined);
    const opening = new Rfc2217Link(raw, clock).open(new Ear(), { baudRate: 9600 });
    const refused = assert.rejects(opening, { code: 'disconnected', word: 'bridge_mode' });
    await clock.tick(4999);
    assert.equal(raw.openChannels, 1);
    await clock.tick(1);
    await refused;
    assert.deepEqual([raw.openChannels, clock.timers], [0, 0]);
  });

  it('is let go of at once when nobody wants it any more', async () => {
    const clock = new FakeClock();
    const raw = new ScriptedLink(clock, () => undefined);
    const aborter = new AbortController();
    const opening = new Rfc2217Link(raw, clock).open(new Ear(), { baudRate: 9600, signal: aborter.signal });
    const refused = assert.rejects(opening, { code: 'closed' });
    await clock.tick(100);
    aborter.abort();
    await refused;
    assert.deepEqual([raw.openChannels, clock.timers], [0, 0]);
  });
});

describe('a Telnet stream', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
  /** Bytes of which many are Telnet's own. */
  const telnetBytes = fc
    .array(fc.oneof(fc.constantFrom(240, 250, 251, 252, 253, 254, 255, 44), fc.nat(255)), { maxLength: 400 })
    .map((each) => Buffer.from(each));

  function read(stream: Buffer, piece: number) {
    const told: string[] = [];
    const reader = new TelnetReader({
      command: (verb, option) => told.push(`${verb} ${option}`),
      subnegotiation: (option, payload) => told.push(`${option}: ${payload.toString('hex')}`),
    });
    const data: Buffer[] = [];
    for (let at = 0; at < stream.length; at += piece) data.push(reader.push(stream.subarray(at, at + piece)));
    return { data: Buffer.concat(data).toString('hex'), told };
  }

  it('gives back data and parameters, whatever they are and wherever it is cut', () => {
    fc.assert(
      fc.property(
        bytes,
        fc.uint8Array({ maxLength: 64 }),
        fc.integer({ min: 1, max: 9 }),
        (data, parameters, piece) => {
          const payload = Buffer.from(parameters);
          const stream = Buffer.concat([escaped(data), subnegotiation(44, payload), escaped(data)]);
          assert.deepEqual(read(stream, piece), {
            data: data.toString('hex').repeat(2),
            told: [`44: ${payload.subarray(0, 63).toString('hex')}`],
          });
        },
      ),
    );
  });

  it('is read the same however it is cut, also when it makes no sense', () => {
    fc.assert(
      fc.property(telnetBytes, fc.integer({ min: 1, max: 9 }), (stream, piece) => {
        assert.deepEqual(read(stream, piece), read(stream, stream.length + 1));
      }),
    );
  });

  it('has no subnegotiation that grows without end', () => {
    const { told } = read(Buffer.concat([Buffer.of(255, 250), Buffer.alloc(100_000, 1), Buffer.of(255, 240)]), 100);
    assert.equal(told.join().length, 3 + 2 * 63);
  });
});
