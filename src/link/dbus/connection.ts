import { ClauseError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { within, type Clock } from '../../clock';
import { systemBusPlaces } from './address';
import { encodeMessage, KIND, MessageReader, type Header, type Message } from './message';

const BUS = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };

const OPEN_LIMIT_MS = 2000;

/** More than any line of the start-up has. */
const MOST_LINE = 1000;

/** What somebody on the bus answered instead of what was wanted. */
export class DbusError extends Error {
  /** @param type such as `org.bluez.Error.InProgress` */
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message === '' ? type : message);
  }
}

/** A call of a method, and the types of what goes with it. */
export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
}

interface Waiting {
  resolve(body: readonly unknown[]): void;
  reject(error: Error): void;
}

/** A connection to the system bus. */
export class DbusConnection {
  private serial = 0;
  private readonly waiting = new Map<number, Waiting>();
  private readonly reader = new MessageReader();
  private failure: Error | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly onSignal: (message: Message) => void,
    private readonly onClosed: (error: Error) => void,
  ) {
    socket.on('data', (bytes: Buffer) => this.hear(bytes));
    socket.on('close', () => this.end(new ClauseError(say`the bus has ended the connection`)));
    socket.on('error', (error) => this.end(error));
  }

  /**
   * Connects, in bounded time.
   * @param onSignal told of every signal that was subscribed
   * @param onClosed told once when the connection is lost; not of `close`
   * @throws Error when there is no bus, or it does not let us in
   */
  static async open(
    clock: Clock,
    onSignal: (message: Message) => void,
    onClosed: (error: Error) => void,
  ): Promise<DbusConnection> {
    let failure: unknown = new ClauseError(say`no address of a bus that can be used`);
    for (const place of systemBusPlaces()) {
      try {
        const socket = await socketOn(place, clock);
        const connection = new DbusConnection(socket, onSignal, onClosed);
        const late = new ClauseError(say`the bus does not answer`);
        await within(clock, OPEN_LIMIT_MS, connection.call({ ...BUS, member: 'Hello' }), late).catch(
          (error: unknown) => {
            connection.close();
            throw error;
          },
        );
        return connection;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** Calls a method of the bus itself. @throws DbusError, Error when the connection is lost */
  bus(member: string, argument: string): Promise<readonly unknown[]> {
    return this.call({ ...BUS, member, signature: 's' }, argument);
  }

  /**
   * Calls a method, and waits for the answer for as long as the other end takes.
   * @throws DbusError, Error when the connection is lost, RangeError when an argument is not of its type
   */
  call(call: Call, ...body: readonly unknown[]): Promise<readonly unknown[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const serial = this.send(KIND.call, { ...call }, body);
      this.waiting.set(serial, { resolve, reject });
    });
  }

  close(): void {
    if (this.failure === undefined) this.fail(new ClauseError(say`the connection was closed`));
    this.socket.destroy();
  }

  private send(kind: number, header: Header, body: readonly unknown[] = []): number {
    const serial = (this.serial = (this.serial % 0xffff_ffff) + 1);
    this.socket.write(encodeMessage(kind, serial, header, body));
    return serial;
  }

  private hear(bytes: Buffer): void {
    try {
      for (const message of this.reader.push(bytes)) if (this.failure === undefined) this.take(message);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private take(message: Message): void {
    const { kind, serial, replySerial = 0, sender, body } = message;
    if (kind === KIND.signal) return this.onSignal(message);
    if (kind === KIND.call) {
      // We offer nothing.
      const errorName = 'org.freedesktop.DBus.Error.UnknownMethod';
      const header = { replySerial: serial, errorName, ...(sender !== undefined && { destination: sender }) };
      if (message.isAnswerWanted) this.send(KIND.error, header);
      return;
    }
    const waiting = this.waiting.get(replySerial);
    this.waiting.delete(replySerial);
    if (kind === KIND.answer) waiting?.resolve(body);
    else waiting?.reject(new DbusError(message.errorName ?? '', typeof body[0] === 'string' ? body[0] : ''));
  }

  private end(error: Error): void {
    this.socket.destroy();
    if (this.failure !== undefined) return;
    this.fail(error);
    this.onClosed(error);
  }

  private fail(error: Error): void {
    this.failure = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** A socket on which the bus has let us in. @throws Error */
function socketOn(place: NetConnectOpts, clock: Clock): Promise<Socket> {
  const socket = connect(place);
  const entered = new Promise<Socket>((resolve, reject) => {
    let line = '';
    const hear = (bytes: Buffer): void => {
      line += bytes.toString('latin1');
      if (!line.endsWith('\r\n') && line.length < MOST_LINE) return;
      const [word = ''] = line.trim().split(' ');
      line = '';
      // Whom we are, the system tells the bus: also where a container gives users other numbers.
      if (word === 'DATA') return void socket.write('DATA\r\n');
      socket.removeListener('data', hear);
      if (word !== 'OK') return reject(new ClauseError(say`the bus rejects this user`));
      socket.write('BEGIN\r\n');
      resolve(socket);
    };
    socket.on('data', hear);
    socket.once('connect', () => void socket.write('\0AUTH EXTERNAL\r\n'));
    socket.on('error', reject);
    socket.once('close', () => reject(new ClauseError(say`the bus has ended the connection`)));
  });
  const late = new ClauseError(say`the bus does not answer`);
  return within(clock, OPEN_LIMIT_MS, entered, late).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
}
