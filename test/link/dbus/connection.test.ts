import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemBusPlaces } from '../../../src/link/dbus/address';
import { DbusConnection, DbusError } from '../../../src/link/dbus/connection';
import { encodeMessage, KIND, MessageReader, type Message } from '../../../src/link/dbus/message';
import { until } from '../../support/ble/until';
import { patientClock } from '../../support/patient-clock';

const CALL = { destination: 'a.b', path: '/', interface: 'a.b', member: 'Do' };

/** A bus that says what a test wants. */
class ScriptedBus {
  readonly path = join(tmpdir(), `openbms-bus-${process.pid}`);
  readonly heard: Message[] = [];
  private readonly sockets: Socket[] = [];
  private readonly server: Server;
  private serial = 0;

  constructor(
    private readonly greeting: string,
    private readonly answer: (message: Message, bus: ScriptedBus) => void = () => undefined,
  ) {
    this.server = createServer((socket) => this.enter(socket));
  }

  async listen(): Promise<this> {
    rmSync(this.path, { force: true });
    await new Promise<void>((resolve) => this.server.listen(this.path, resolve));
    process.env['DBUS_SYSTEM_BUS_ADDRESS'] = `unix:path=${this.path}`;
    return this;
  }

  say(bytes: Buffer): void {
    for (const socket of this.sockets) socket.write(bytes);
  }

  reply(to: Message, kind: number, header: object = {}, body: readonly unknown[] = []): void {
    this.say(encodeMessage(kind, ++this.serial, { replySerial: to.serial, ...header }, body));
  }

  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.drop();
    delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
    await new Promise((resolve) => this.server.close(resolve));
  }

  private enter(socket: Socket): void {
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    const reader = new MessageReader();
    let isIn = false;
    let line = '';
    socket.on('data', (bytes: Buffer) => {
      if (isIn) return this.take(reader.push(bytes));
      line += bytes.toString('latin1');
      const start = line.indexOf('BEGIN\r\n');
      if (start < 0 && !line.endsWith('\r\n')) return;
      if (line.includes('AUTH EXTERNAL')) socket.write(this.greeting);
      if (line === 'DATA\r\n') socket.write('OK 1\r\n');
      isIn = start >= 0;
      const begun = Buffer.from(line.slice(start + 7), 'latin1');
      line = '';
      if (isIn) this.take(reader.push(begun));
    });
  }

  private take(messages: readonly Message[]): void {
    for (const message of messages) {
      this.heard.push(message);
      if (message.member === 'Hello') this.reply(message, KIND.answer, { signature: 's' }, [':1.7']);
      else this.answer(message, this);
    }
  }
}

describe('D-Bus: a connection to the bus', () => {
  let bus: ScriptedBus;
  const signals: Message[] = [];
  const ends: Error[] = [];

  async function open(
    greeting = 'OK 1\r\n',
    answer?: (message: Message, bus: ScriptedBus) => void,
  ): Promise<DbusConnection> {
    bus = await new ScriptedBus(greeting, answer).listen();
    return DbusConnection.open(
      patientClock,
      (message) => signals.push(message),
      (error) => ends.push(error),
    );
  }

  afterEach(async () => {
    signals.length = 0;
    ends.length = 0;
    await bus.close();
  });

  it('passes calls, answers and errors on', async () => {
    const connection = await open('OK 1\r\n', (message, each) => {
      if (message.body[0] === 'well') each.reply(message, KIND.answer, { signature: 'su' }, ['done', 3]);
      else each.reply(message, KIND.error, { errorName: 'a.b.Error', signature: 's' }, ['no\nnot at all']);
    });
    assert.deepEqual(await connection.call({ ...CALL, signature: 's' }, 'well'), ['done', 3]);
    await assert.rejects(connection.call({ ...CALL, signature: 's' }, 'badly'), (error) => {
      return error instanceof DbusError && error.type === 'a.b.Error' && error.message === 'no\nnot at all';
    });
    await assert.rejects(connection.call({ ...CALL, signature: 's' }), undefined);
    connection.close();
    await assert.rejects(connection.call(CALL), /closed/);
    assert.deepEqual(ends, []);
  });

  it('tells whom we are as the system sees it, and answers those who call us that we offer nothing', async () => {
    const connection = await open('DATA\r\n');
    bus.say(encodeMessage(KIND.call, 9, { path: '/', interface: 'x.y', member: 'Ping', sender: ':1.2' }));
    bus.say(encodeMessage(KIND.signal, 10, { path: '/', interface: 'x.y', member: 'Sung' }));
    await until(() => bus.heard.some(({ kind }) => kind === KIND.error));
    const refusal = bus.heard.find(({ kind }) => kind === KIND.error);
    assert.deepEqual([refusal?.replySerial, refusal?.destination], [9, ':1.2']);
    assert.deepEqual(
      signals.map(({ member }) => member),
      ['Sung'],
    );
    connection.close();
  });

  for (const [what, greeting, message] of [
    ['does not let this user in', 'REJECTED EXTERNAL\r\n', /rejects this user/],
    ['says nothing that ends', 'x'.repeat(2000), /rejects this user/],
    ['says nothing', '', /does not answer/],
  ] as const) {
    it(`is refused by a bus that ${what}`, async () => {
      await assert.rejects(open(greeting), message);
      assert.deepEqual(ends, []);
    });
  }

  for (const [what, go] of [
    ['goes away', (each: ScriptedBus) => each.drop()],
    ['speaks another language', (each: ScriptedBus) => each.say(Buffer.alloc(64, 0x41))],
    ['sends what does not fit its signature', (each: ScriptedBus) => each.say(broken())],
  ] as const) {
    it(`ends, with all that waits for an answer, when the bus ${what}`, async () => {
      const connection = await open();
      const waiting = assert.rejects(connection.call(CALL));
      go(bus);
      await waiting;
      assert.equal(ends.length, 1);
      await assert.rejects(connection.call(CALL));
    });
  }
});

/** A signal whose text is longer than the message. */
function broken(): Buffer {
  const bytes = encodeMessage(KIND.signal, 1, { path: '/', interface: 'a.b', member: 'C', signature: 's' }, ['hi']);
  bytes.writeUInt8(200, bytes.length - 7);
  return bytes;
}

describe('D-Bus: where the system bus is', () => {
  for (const [address, places] of [
    ['', [{ path: '/var/run/dbus/system_bus_socket' }]],
    ['unix:path=/run/a%20b,guid=1', [{ path: '/run/a b' }]],
    ['unix:abstract=x', [{ path: '\0x' }]],
    ['launchd:env=X;tcp:host=h,port=5', [{ host: 'h', port: 5 }]],
    ['nonsense', []],
  ] as const) {
    it(`"${address}"`, () => {
      assert.deepEqual(systemBusPlaces(address), places);
    });
  }
});
