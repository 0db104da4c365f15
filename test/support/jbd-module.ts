import { moduleFrame } from '../../src/codec/jbd/module';
import type { Script } from './scripted-link';

const RANDOM = 0x37;

/** A JBD radio module that lets nothing through to its board before it has heard the password (jbd.md 10). */
export class LockedModule {
  open = false;
  /** every attempt with a password, in hex */
  readonly attempts: string[] = [];

  constructor(
    private readonly mac: string,
    public password: string,
  ) {}

  /** @param board what answers when the module is open */
  script(board: Script): Script {
    return (request, reply) => {
      const own = this.answer(request);
      if (own !== undefined) reply(own);
      else if (this.open) board(request, reply);
    };
  }

  /** What the module says to a write; empty for silence, undefined when it passes it on. */
  answer(written: Buffer): Buffer | undefined {
    if (written.readUInt16BE(0) !== 0xffaa) return this.open ? undefined : Buffer.alloc(0);
    const command = written.readUInt8(2);
    const say = (byte: number): Buffer => moduleFrame(command, Buffer.of(byte));
    if (command === 0x15) return say(this.password === '' ? 2 : 0);
    if (command === 0x17) return say(RANDOM);
    if (command !== 0x18) return Buffer.alloc(0);
    this.attempts.push(written.toString('hex'));
    const mac = Buffer.from(this.mac.replaceAll(':', ''), 'hex');
    const wanted = Buffer.from(this.password).map((byte, index) => ((byte ^ (mac[index] ?? 0)) + RANDOM) & 0xff);
    this.open = written.subarray(4, 10).equals(wanted);
    return say(this.open ? 0 : 1);
  }
}
