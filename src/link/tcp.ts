import { connect, type Socket } from 'node:net';
import { BmsError } from '../battery/errors';
import { within, type Clock } from '../clock';
import { abortedError, unlessAborted } from './abort';
import { once } from './once';
import type { Channel, ChannelEvents, Link, OpenOptions } from './link';

const CONNECT_LIMIT_MS = 10_000;

/** A bridge that lost its power says no goodbye: the system probes an idle connection after this time. */
const KEEP_ALIVE_MS = 15_000;

/** For what comes at once: several of the longest answers of a board. What is more comes in further pieces. */
const RECEIVED_LENGTH = 2048;

/** A serial-to-Ethernet or Wi-Fi bridge in raw mode: the bytes of the serial line, nothing else. */
export class TcpLink implements Link {
  readonly name: string;
  readonly isNetwork = true;
  readonly hasOwnRate = true;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly clock: Clock,
  ) {
    this.name = `${host}:${port}`;
  }

  async open(events: ChannelEvents, { signal }: Partial<OpenOptions> = {}): Promise<Channel> {
    if (signal?.aborted === true) throw abortedError(this.name);
    const receiver = new Receiver();
    const { onread } = receiver;
    const socket = connect({ host: this.host, port: this.port, noDelay: true, onread });
    const opening = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(openError(this.name, error)));
    });
    const late = new BmsError(
      'timeout',
      `${this.name} does not accept a connection within ${CONNECT_LIMIT_MS / 1000} s; check the bridge and the network.`,
    );
    try {
      await within(this.clock, CONNECT_LIMIT_MS, unlessAborted(opening, signal, this.name), late);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      throw error;
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return channelOf(socket, receiver, this.name, events);
  }
}

/**
 * Takes what a socket receives in memory of its own, which is there as long as the socket. Without it Node.js takes 64 KiB
 * for every piece, and leaves it to the garbage collector to give them back.
 */
class Receiver {
  /** who is told; what comes before there is somebody is what nobody asked for */
  data: ((bytes: Buffer) => void) | undefined;

  readonly onread = {
    buffer: new Uint8Array(RECEIVED_LENGTH),
    callback: (length: number, bytes: Uint8Array): boolean => {
      // A copy: the next piece comes into the same memory.
      this.data?.(Buffer.from(bytes.subarray(0, length)));
      return true;
    },
  };
}

function channelOf(socket: Socket, receiver: Receiver, name: string, events: ChannelEvents): Channel {
  let open = true;
  let cause: Error | undefined;
  receiver.data = (bytes) => {
    if (open) events.data(bytes);
  };
  socket.on('error', (error) => (cause = error));
  socket.on('end', () => socket.destroy());
  const gone = new Promise<void>((resolve) => {
    socket.on('close', () => {
      if (open) {
        open = false;
        events.closed(new BmsError('disconnected', `${name} closed the connection; check the bridge.`, cause));
      }
      resolve();
    });
  });
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        const failed = (error?: Error | null): void =>
          reject(new BmsError('disconnected', `${name} takes no more bytes; check the bridge.`, error ?? undefined));
        if (!open) return failed();
        socket.write(bytes, (error) => (error ? failed(error) : resolve()));
      }),
    close: once(async () => {
      open = false;
      socket.destroy();
      await gone;
    }),
  };
}

function openError(name: string, error: NodeJS.ErrnoException): BmsError {
  switch (error.code) {
    case 'ECONNREFUSED':
      return new BmsError('port_not_found', `Nothing listens at ${name}; check the port number of the bridge.`, error);
    case 'EACCES':
    case 'EPERM':
      return new BmsError('permission', `This system does not allow a connection to ${name}.`, error);
    case 'ETIMEDOUT':
      return new BmsError('timeout', `${name} does not accept a connection; check the bridge and the network.`, error);
    default:
      return new BmsError('not_found', `${name} cannot be reached (${error.code ?? error.message}).`, error);
  }
}
