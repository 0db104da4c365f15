import { closeSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';

/** The native part of @lydell/node-pty: a plain openpty(3), without a program on the other side. */
interface NativePty {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
}

const native = createRequire(__filename)(`@lydell/node-pty-${process.platform}-${process.arch}/pty.node`) as NativePty;

/**
 * A real pseudo-terminal: `path` is the serial port, this object the wire. The path is a link that stays, so that a
 * cable can be pulled and plugged in again under the same name.
 */
export class PtyCable {
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'openbms-pty-'));
  private unsent: Buffer = Buffer.alloc(0);
  private plugged: { master: number; slave: number; stream: ReadStream } | undefined;

  constructor(private readonly receive: (bytes: Buffer, reply: (bytes: Buffer) => void) => void) {
    this.path = join(this.folder, 'ttyBMS0');
    this.plugIn();
  }

  /** The device comes back, as a new terminal under the old name. */
  plugIn(): void {
    const { master, slave, pty } = native.open(80, 24);
    symlinkSync(pty, this.path);
    const stream = new ReadStream(master);
    stream.on('data', (bytes) => this.receive(Buffer.from(bytes as Buffer), (answer) => this.say(answer)));
    // Reading a terminal whose other side was closed ends in EIO.
    stream.on('error', () => undefined);
    this.plugged = { master, slave, stream };
  }

  /** Puts bytes on the wire, in order. */
  say(bytes: Buffer): void {
    this.unsent = Buffer.concat([this.unsent, bytes]);
    const fd = this.plugged?.master;
    if (fd === undefined) this.unsent = Buffer.alloc(0);
    if (fd === undefined || this.unsent.length === 0) return;
    try {
      this.unsent = this.unsent.subarray(writeSync(fd, this.unsent));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    // The terminal takes no more at the moment: the rest goes when it has been read.
    if (this.unsent.length > 0) setImmediate(() => this.say(Buffer.alloc(0)));
  }

  /** The device goes away: the port reports a hang-up, and its name is gone. */
  pullOut(): void {
    if (this.plugged === undefined) return;
    unlinkSync(this.path);
    const { stream, slave } = this.plugged;
    this.plugged = undefined;
    closeSync(slave);
    stream.destroy();
  }

  close(): void {
    this.pullOut();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
