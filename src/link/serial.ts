import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import { BmsError } from '../battery/errors';
import { printable } from '../battery/quoted';
import { say } from '../battery/sentence';
import { within, type Clock, type Timer } from '../clock';
import { abortedError, unlessAborted } from './abort';
import { claim } from './claims';
import { brokenLibrary, installHint } from './library-errors';
import { once } from './once';
import type { Channel, ChannelEvents, Link, OpenOptions } from './link';

const OPEN_LIMIT_MS = 10_000;

/** How often to look whether the port is still there. */
const PRESENCE_MS = 1000;

/** Ports that an attempt has taken which was given up, until the system has let go of them: by real path. */
const leaving = new Map<string, Promise<void>>();

/** A serial port of this machine, 8N1. The native library is loaded when the first port opens. */
export class SerialLink implements Link {
  readonly name: string;

  /** @param path a device such as `/dev/serial/by-id/...` or `COM3` */
  constructor(
    private readonly path: string,
    private readonly clock: Clock,
  ) {
    this.name = printable(path);
  }

  async open(events: ChannelEvents, { baudRate, signal }: OpenOptions): Promise<Channel> {
    const path = await this.locate();
    const free = leaving.get(path);
    if (free !== undefined)
      await within(this.clock, OPEN_LIMIT_MS, unlessAborted(free, signal, this.name), this.late());
    const release = claim(path, this.name);
    try {
      const { SerialPort } = await loadLibrary();
      if (signal?.aborted === true) throw abortedError(this.name);
      // A port that is closed keeps its control lines, so that opening it does not restart a board on them.
      const port = new SerialPort({ path: this.path, baudRate, autoOpen: false, hupcl: false });
      await this.connect(port, path, signal);
      return this.channelOf(port, events, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The device behind links and aliases, checked for presence and permission where the system can tell. */
  private async locate(): Promise<string> {
    if (process.platform === 'win32') return this.path.toUpperCase();
    try {
      const path = await realpath(this.path);
      await access(path, constants.R_OK | constants.W_OK);
      return path;
    } catch (error) {
      throw openError(this.name, error);
    }
  }

  private async connect(port: SerialPort, path: string, signal: AbortSignal | undefined): Promise<void> {
    const opening = new Promise<void>((resolve, reject) => {
      port.open((error) => (error ? reject(openError(this.name, error)) : resolve()));
    });
    try {
      await within(this.clock, OPEN_LIMIT_MS, unlessAborted(opening, signal, this.name), this.late());
    } catch (error) {
      // The system cannot be told to stop opening: what still comes of it is closed.
      const end = opening.then(() => closed(port));
      leave(path, end);
      throw error;
    }
  }

  private late(): BmsError {
    return new BmsError('port_busy', say`${this.name} did not open within ${OPEN_LIMIT_MS / 1000} s.`);
  }

  private channelOf(port: SerialPort, events: ChannelEvents, release: () => void): Channel {
    const { name } = this;
    let open = true;
    const gone = (cause: Error | null): void => {
      if (!open) return;
      open = false;
      watch.cancel();
      release();
      events.closed(
        new BmsError('disconnected', say`${name} is gone; check the plug and the cable.`, cause ?? undefined),
      );
      if (port.isOpen) port.close(() => undefined);
    };
    const watch = this.watchPresence(() => gone(null));
    port.on('data', (bytes: Buffer) => {
      if (open) events.data(bytes);
    });
    port.on('close', gone);
    port.on('error', gone);
    return {
      write: (bytes) =>
        new Promise((resolve, reject) => {
          if (!open) return reject(new BmsError('disconnected', say`${name} is closed.`));
          port.write(bytes, (error) => {
            if (error) reject(new BmsError('disconnected', say`${name} takes no more bytes; check the plug.`, error));
            else resolve();
          });
        }),
      close: once(async () => {
        open = false;
        watch.cancel();
        await closed(port);
        release();
      }),
    };
  }

  /**
   * Looks now and then whether the port exists. A port that is pulled out in the middle of a read goes unnoticed by
   * the serial library until the next write.
   */
  private watchPresence(onGone: () => void): Timer {
    let watching = true;
    let timer: Timer | undefined;
    const look = (): void => {
      timer = this.clock.after(PRESENCE_MS, () => {
        stat(this.path).then(
          () => watching && look(),
          () => watching && onGone(),
        );
      });
    };
    if (process.platform !== 'win32') look();
    return {
      cancel: () => {
        watching = false;
        timer?.cancel();
      },
    };
  }
}

/** Closes a port. Never rejects. */
async function closed(port: SerialPort): Promise<void> {
  if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
}

/** Notes that a port is free again only when something has ended, however it ends. */
function leave(path: string, end: Promise<unknown>): void {
  const gone = end.then(
    () => undefined,
    () => undefined,
  );
  leaving.set(path, gone);
  void gone.then(() => {
    if (leaving.get(path) === gone) leaving.delete(path);
  });
}

/** The native library. @throws BmsError `adapter_missing` */
export async function loadLibrary(): Promise<typeof import('serialport')> {
  try {
    return await import('serialport');
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? ''))
      throw brokenLibrary('serialport', error);
    throw new BmsError(
      'adapter_missing',
      say`Serial ports need a library: ${installHint('serialport')}.`,
      error,
      'library_missing',
    );
  }
}

/**
 * The error for a port that does not open. The system's error codes decide where there are any; the serial library
 * itself gives text only.
 */
function openError(name: string, error: unknown): BmsError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const text = error instanceof Error ? error.message : String(error);
  if (
    code === 'ENOENT' ||
    code === 'ENOTDIR' ||
    /no such (file|device)|file not found|unknown error code 2\b/i.test(text)
  ) {
    return new BmsError('port_not_found', say`${name} does not exist; check the plug and the name of the port.`, error);
  }
  if (code === 'EACCES' || code === 'EPERM' || /permission denied|operation not permitted/i.test(text)) {
    return new BmsError(
      'permission',
      say`${name} may not be opened by this user; add the user of Node-RED to the group of the port (often dialout).`,
      error,
    );
  }
  if (/lock|busy|access denied/i.test(text)) {
    return new BmsError('port_busy', say`${name} is in use by another program; close that program.`, error);
  }
  return new BmsError(
    'port_not_found',
    say`${name} is no serial port that can be opened: ${printable(text, 200)}.`,
    error,
  );
}
