import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import net, { Socket, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { restore, stub } from 'sinon';
import { BmsError } from '../../src/battery/errors';
import { systemClock } from '../../src/clock';
import type { Channel, Link } from '../../src/link/link';
import { SerialLink } from '../../src/link/serial';
import { TcpLink } from '../../src/link/tcp';
import { Board, serialBoard, TcpBoard } from '../support/board';
import { Ear } from '../support/ear';
import { FakeClock } from '../support/fake-clock';

const REQUEST = 'dda50300fffd77';
const ANSWER = 'dd03001b1700000002d003e8000020780000000000001048030f020b760b82fbff77';

/** A user without rights. */
const NOBODY = 65534;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'opened',
    (error: unknown) => (error instanceof BmsError ? error.code : String(error)),
  );
}

interface Wire {
  link: Link;
  board: Board;
  vanish(): Promise<void> | void;
  comeBack(): Promise<unknown> | void;
  remove(): Promise<void> | void;
}

const wires: Record<string, () => Promise<Wire>> = {
  'serial port': () => {
    const { board, cable } = serialBoard({ [REQUEST]: ANSWER });
    return Promise.resolve({
      link: new SerialLink(cable.path, systemClock),
      board,
      vanish: () => cable.pullOut(),
      comeBack: () => cable.plugIn(),
      remove: () => cable.close(),
    });
  },
  'TCP bridge': async () => {
    const bridge = await new TcpBoard(new Board({ [REQUEST]: ANSWER })).listen();
    return {
      link: new TcpLink({ host: '127.0.0.1', port: bridge.port, clock: systemClock }),
      board: bridge.board,
      vanish: () => bridge.close(),
      comeBack: () => bridge.listen(),
      remove: () => bridge.close(),
    };
  },
};

for (const [name, build] of Object.entries(wires)) {
  describe(`Link: ${name}`, () => {
    let wire: Wire;
    let channel: Channel | undefined;
    beforeEach(async () => {
      wire = await build();
    });
    afterEach(async () => {
      await channel?.close();
      await wire.remove();
    });

    async function open(): Promise<{ channel: Channel; events: Ear }> {
      const events = new Ear();
      channel = await wire.link.open(events, { baudRate: 9600 });
      return { channel, events };
    }

    it('carries every byte both ways unchanged', async () => {
      const { channel, events } = await open();
      await channel.write(Buffer.from(REQUEST, 'hex'));
      await events.until(() => events.hex.length >= ANSWER.length);
      assert.equal(events.hex, ANSWER);
      assert.deepEqual(wire.board.requests, [REQUEST]);
      const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex');
      wire.board.behaviour = (_request, _answer, reply) => reply(everyByte);
      events.clear();
      await channel.write(Buffer.from(REQUEST, 'hex'));
      await events.until(() => events.hex.length >= everyByte.length);
      assert.equal(events.hex, everyByte);
    });

    it('tells once that the far side is gone, and opens again when it is back', async () => {
      const { channel, events } = await open();
      await channel.write(Buffer.from(REQUEST, 'hex'));
      await events.until(() => events.hex === ANSWER);
      await wire.vanish();
      await events.until(() => events.closings.length > 0);
      assert.equal((events.closings[0] as BmsError).code, 'disconnected');
      assert.equal(await codeOf(channel.write(Buffer.from('00', 'hex'))), 'disconnected');
      assert.equal(await codeOf(wire.link.open(new Ear(), { baudRate: 9600 })), 'port_not_found');
      await wire.comeBack();
      await channel.close();
      const again = await open();
      await again.channel.write(Buffer.from(REQUEST, 'hex'));
      await again.events.until(() => again.events.hex === ANSWER);
      assert.equal(events.closings.length, 1);
    });

    it('is silent after close, which may be called twice', async () => {
      const { channel, events } = await open();
      await Promise.all([channel.close(), channel.close()]);
      await channel.close();
      assert.equal(await codeOf(channel.write(Buffer.from(REQUEST, 'hex'))), 'disconnected');
      assert.deepEqual(events.closings, []);
    });

    it('opens and closes fifty times', async () => {
      for (let i = 0; i < 50; i++) await (await open()).channel.close();
    });

    it('ends an attempt at once, and opens right after it', async () => {
      for (let i = 0; i < 20; i++) {
        const aborter = new AbortController();
        const events = new Ear();
        const attempt = wire.link.open(events, { baudRate: 9600, signal: aborter.signal });
        if (i % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
        aborter.abort();
        // What was open by then does not heed it.
        await attempt.then(
          (early) => early.close(),
          (error: unknown) => assert.equal((error as BmsError).code, 'closed'),
        );
        await (await open()).channel.close();
        assert.deepEqual(events.closings, []);
      }
      const aborted = AbortSignal.abort();
      assert.equal(await codeOf(wire.link.open(new Ear(), { baudRate: 9600, signal: aborted })), 'closed');
    });
  });
}

describe('SerialLink', () => {
  const open = (path: string): Promise<string> =>
    codeOf(new SerialLink(path, systemClock).open(new Ear(), { baudRate: 9600 }));

  it('says that a port is missing', async () => {
    assert.equal(await open('/dev/ttyBMS-none'), 'port_not_found');
  });

  it('refuses a port that another connection has open, under whatever name', async () => {
    const { cable } = serialBoard({});
    const folder = mkdtempSync(join(tmpdir(), 'openbms-alias-'));
    const alias = join(folder, 'alias');
    symlinkSync(cable.path, alias);
    const channel = await new SerialLink(cable.path, systemClock).open(new Ear(), { baudRate: 9600 });
    try {
      assert.equal(await open(cable.path), 'port_busy');
      assert.equal(await open(alias), 'port_busy');
    } finally {
      await channel.close();
      cable.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('says that the user may not open the port', async () => {
    const { cable } = serialBoard({});
    const isRoot = process.geteuid?.() === 0;
    chmodSync(cable.path, isRoot ? 0o600 : 0);
    // Root may open everything: for a moment the process is somebody else.
    if (isRoot) process.seteuid?.(NOBODY);
    try {
      assert.equal(await open(cable.path), 'permission');
    } finally {
      if (isRoot) process.seteuid?.(0);
      cable.close();
    }
  });

  it('says that a file is no serial port', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openbms-file-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assert.equal(await open(file), 'port_not_found');
    rmSync(folder, { recursive: true });
  });

  it('says that another program has the port', async () => {
    const { cable } = serialBoard({});
    // Past our own list of what is open, as another program would.
    const other = new SerialPort({ path: cable.path, baudRate: 9600 });
    await once(other, 'open');
    try {
      assert.equal(await open(cable.path), 'port_busy');
    } finally {
      await new Promise((resolve) => other.close(resolve));
      cable.close();
    }
  });
});

describe('TcpLink', () => {
  it('tells that the bridge has ended the connection in good order', async () => {
    const bridge = await new TcpBoard(new Board({})).listen();
    const events = new Ear();
    const link = new TcpLink({ host: '127.0.0.1', port: bridge.port, clock: systemClock });
    const channel = await link.open(events);
    for (const socket of bridge.sockets) socket.end();
    await events.until(() => events.closings.length > 0);
    assert.equal(events.wasOrderly, true);
    await channel.close();
    await bridge.close();
  });

  it('says that a host cannot be found', async () => {
    // Longer than a name may be, so that the system says so by itself: a name server may be slow, or not there.
    const link = new TcpLink({ host: `${'x'.repeat(64)}.invalid`, port: 8899, clock: systemClock });
    assert.equal(await codeOf(link.open(new Ear())), 'not_found');
  });

  describe('whose bridge does not take the connection', () => {
    let socket: Socket;
    beforeEach(() => {
      socket = new Socket();
      stub(net, 'connect').returns(socket);
    });
    afterEach(restore);

    for (const [error, code] of [
      ['EACCES', 'permission'],
      ['EPERM', 'permission'],
      ['ETIMEDOUT', 'timeout'],
      ['EHOSTUNREACH', 'not_found'],
    ] as const) {
      it(`takes ${error} for ${code}`, async () => {
        const opening = new TcpLink({ host: '192.0.2.1', port: 8899, clock: systemClock }).open(new Ear());
        socket.emit('error', Object.assign(new Error(`connect ${error}`), { code: error }));
        await assert.rejects(opening, { code, message: /192\.0\.2\.1:8899/ });
        assert.equal(socket.destroyed, true);
      });
    }

    it('gives up at once when it is told to', async () => {
      const clock = new FakeClock();
      const aborter = new AbortController();
      const opening = new TcpLink({ host: '192.0.2.1', port: 8899, clock: clock }).open(new Ear(), {
        signal: aborter.signal,
      });
      const ended = assert.rejects(opening, { code: 'closed' });
      await clock.tick(5000);
      aborter.abort();
      await ended;
      assert.deepEqual([socket.destroyed, clock.timers], [true, 0]);
    });

    it('gives up after ten seconds of silence', async () => {
      const clock = new FakeClock();
      const opening = new TcpLink({ host: '192.0.2.1', port: 8899, clock: clock }).open(new Ear());
      const refused = assert.rejects(opening, { code: 'timeout' });
      await clock.tick(9999);
      assert.equal(socket.destroyed, false);
      await clock.tick(1);
      await refused;
      assert.deepEqual([socket.destroyed, clock.timers], [true, 0]);
    });
  });
});

describe('a TCP bridge', () => {
  let server: Server;
  let port: number;
  let onConnection: (socket: Socket) => void;
  beforeEach(async () => {
    server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const linkTo = (host = '127.0.0.1'): TcpLink => new TcpLink({ host, port, clock: systemClock });

  it('that nothing listens at is told so, in the status too', async () => {
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(linkTo().open(new Ear()), {
      ...{ code: 'port_not_found', word: 'nothing_listens' },
      message: new RegExp(`^Nothing listens at 127\\.0\\.0\\.1:${port}; `),
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  });

  it('is refused to a second connection, however its host is written, until the first lets go', async () => {
    onConnection = () => undefined;
    const channel = await linkTo('localhost').open(new Ear());
    assert.equal(await codeOf(linkTo('LOCALHOST').open(new Ear())), 'port_busy');
    await channel.close();
    await (await linkTo('LocalHost').open(new Ear())).close();
  });

  it('is free again when it has closed the connection', async () => {
    onConnection = (socket) => socket.destroy();
    for (let i = 0; i < 2; i++) {
      const events = new Ear();
      await linkTo().open(events);
      await events.until(() => events.closings.length > 0);
    }
  });

  it('that closes at each request is said not to be in raw mode, from the third time on', async () => {
    onConnection = (socket) => socket.on('data', () => socket.destroy());
    const link = linkTo();
    const said: (string | undefined)[] = [];
    for (let i = 0; i < 4; i++) {
      const events = new Ear();
      const channel = await link.open(events);
      await channel.write(Buffer.from(REQUEST, 'hex')).catch(() => undefined);
      await events.until(() => events.closings.length > 0);
      const error = events.closings[0] as BmsError;
      assert.equal(error.code, 'disconnected');
      said.push(error.word);
    }
    assert.deepEqual(said, [undefined, undefined, 'bridge_mode', 'bridge_mode']);
  });

  for (const greeting of ['fffb03fffb01', 'fffd18fffd20fffd23fffd27', 'fffb00']) {
    it(`that begins with ${greeting} is said to speak Telnet`, async () => {
      onConnection = (socket) => void socket.write(Buffer.from(greeting, 'hex'));
      const events = new Ear();
      const channel = await linkTo().open(events);
      await events.until(() => events.closings.length > 0);
      assert.match(events.closings[0]?.message ?? '', /speaks Telnet.*raw \(transparent\) mode/);
      assert.equal(events.hex, '');
      await channel.close();
    });
  }

  // The end of a frame of JBD's, noise, and a word that is none of Telnet's first.
  for (const bytes of ['fffd77', 'fffd77dd0300', 'ffff', 'ff', '00fffb03', 'fffa2c']) {
    it(`that begins with ${bytes} is taken for raw`, async () => {
      onConnection = (socket) => void socket.write(Buffer.from(bytes, 'hex'));
      const events = new Ear();
      const channel = await linkTo().open(events);
      await events.until(() => events.hex === bytes);
      await channel.close();
      assert.deepEqual(events.closings, []);
    });
  }
});
