import { connect, type Socket } from 'node:net';
import { BmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import { say } from '../battery/sentence';
import { within, type Clock } from '../clock';
import { abortedError, unlessAborted } from './abort';
import { BridgeMode, closedError } from './bridge-mode';
import { claim } from './claims';
import { endpointName } from './endpoint';
import { once } from './once';
import type { Channel, ChannelEvents, Link, OpenOptions } from './link';
import { tcpOpenError } from './tcp-errors';

const CONNECT_LIMIT_MS = 10_000;

/** A bridge that lost its power says no goodbye: the system probes an idle connection after this time. */
const KEEP_ALIVE_MS = 15_000;

/** For what comes at once: several of the longest answers of a board. What is more comes in further pieces. */
const RECEIVED_LENGTH = 2048;

export interface TcpOptions {
  /** name or address, an IPv6 address without brackets */
  host: string;
  port: number;
  clock: Clock;
  /** whether the bridge speaks Telnet; else it passes the bytes of the serial line on, and nothing else */
  isTelnet?: boolean;
}

/** A serial-to-Ethernet or Wi-Fi bridge, in raw mode unless the options say otherwise. */
export class TcpLink implements Link {
  readonly name: string;
  readonly isNetwork = true;
  readonly hasOwnRate = true;

  private readonly mode: BridgeMode | undefined;

  constructor(private readonly options: TcpOptions) {
    this.name = printable(endpointName(options.host, options.port));
    if (options.isTelnet !== true) this.mode = new BridgeMode(this.name);
  }

  async open(events: ChannelEvents, { signal }: Partial<OpenOptions> = {}): Promise<Channel> {
    if (signal?.aborted === true) throw abortedError(this.name);
    const { host, port } = this.options;
    const release = claim(`tcp:${host.toLowerCase()}:${port}`, this.name);
    try {
      const receiver = new Receiver();
      const socket = await this.connect(receiver, signal);
      return this.channelOf(socket, receiver, events, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  private async connect({ onread }: Receiver, signal: AbortSignal | undefined): Promise<Socket> {
    const { host, port, clock } = this.options;
    const socket = connect({ host, port, noDelay: true, onread });
    const opening = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) => reject(tcpOpenError(this.name, error)));
    });
    const late = new BmsError(
      'timeout',
      say`${this.name} does not accept a connection within ${CONNECT_LIMIT_MS / 1000} s; check the bridge and the network.`,
    );
    try {
      await within(clock, CONNECT_LIMIT_MS, unlessAborted(opening, signal, this.name), late);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      throw error;
    }
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  }

  private channelOf(socket: Socket, receiver: Receiver, events: ChannelEvents, release: () => void): Channel {
    const { name, mode } = this;
    const { clock } = this.options;
    let open = true;
    let cause: NodeJS.ErrnoException | undefined;
    const end = (error: BmsError, isOrderly = false): void => {
      if (!open) return;
      open = false;
      socket.destroy();
      release();
      events.closed(error, isOrderly);
    };
    mode?.opened();
    receiver.data = (bytes) => {
      if (!open) return;
      const wrong = mode?.received(bytes);
      if (wrong === undefined) events.data(bytes);
      else end(wrong);
    };
    socket.on('error', (error) => (cause = error));
    socket.on('end', () => socket.destroy());
    const gone = new Promise<void>((resolve) => {
      socket.on('close', () => {
        const isOrderly = cause === undefined || cause.code === 'ECONNRESET';
        if (open) end(mode?.closed(clock.monotonic(), cause) ?? closedError(name, cause), isOrderly);
        resolve();
      });
    });
    return {
      write: (bytes) =>
        new Promise((resolve, reject) => {
          const failed = (error?: Error | null): void =>
            reject(
              new BmsError('disconnected', say`${name} takes no more bytes; check the bridge.`, error ?? undefined),
            );
          if (!open) return failed();
          mode?.wrote(clock.monotonic());
          socket.write(bytes, (error) => (error ? failed(error) : resolve()));
        }),
      close: once(async () => {
        open = false;
        socket.destroy();
        await gone;
        release();
      }),
    };
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
