import type { Socket } from 'node:net';
import { LoopbackServer } from './loopback-server';

/** What a bridge with RFC 2217 does otherwise than it should. */
interface Whims {
  /** answers DONT to the option */
  refuses?: boolean;
  /** the only rate that its port has */
  onlyRate?: number;
  parity?: number;
  /** what it sends first */
  greeting?: string;
  /** hangs up as soon as it is asked for something */
  hangsUp?: boolean;
  /** how many bytes it sends at a time */
  piece?: number;
}

/**
 * A bridge as RFC 2217 describes it, written from the RFC alone: it knows what its port is set to, and hands the board's
 * bytes on as they are, but for 255.
 */
export class ComPortServer extends LoopbackServer {
  whims: Whims = {};
  /** the board: gets what comes over the serial line, with the rate of the port */
  board: (bytes: Buffer, rate: number, reply: (answer: Buffer) => void) => void = () => undefined;
  readonly serial = { rate: 0, dataBits: 7, parity: 3, stopBits: 2, control: 0 };
  /** every command that it got, as hex without escapes */
  readonly commands: string[] = [];

  /** Ends its connections in good order, as when nothing was said for long. */
  hangUp(): void {
    for (const socket of this.sockets) socket.end();
  }

  protected serve(socket: Socket): void {
    socket.setNoDelay(true);
    if (this.whims.greeting !== undefined) socket.write(Buffer.from(this.whims.greeting, 'hex'));
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      waiting = this.take(waiting, socket);
    });
  }

  /** Takes whole commands and data. @returns what is not whole yet */
  private take(bytes: Buffer, socket: Socket): Buffer {
    const data: number[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== 255) {
        data.push(bytes[at++] ?? 0);
        continue;
      }
      const next = bytes[at + 1];
      if (next === undefined) break;
      if (next === 255) {
        data.push(255);
        at += 2;
      } else if (next === 250) {
        const end = endOf(bytes, at + 2);
        if (end < 0) break;
        this.command(unescaped(bytes.subarray(at + 2, end)), socket);
        at = end + 2;
      } else {
        const option = bytes[at + 2];
        if (option === undefined) break;
        this.option(next, option, socket);
        at += 3;
      }
    }
    if (data.length > 0) this.board(Buffer.from(data), this.serial.rate, (answer) => this.say(answer, socket));
    return bytes.subarray(at);
  }

  private option(verb: number, option: number, socket: Socket): void {
    const { refuses = false, hangsUp = false } = this.whims;
    this.commands.push(`${verb} ${option}`);
    if (hangsUp) return void socket.destroy();
    const isKnown = [0, 3, 44].includes(option) && !(refuses && option === 44);
    if (verb === 251) socket.write(Buffer.of(255, isKnown ? 253 : 254, option));
    if (verb === 253) socket.write(Buffer.of(255, isKnown ? 251 : 252, option));
  }

  private command(body: Buffer, socket: Socket): void {
    this.commands.push(body.toString('hex'));
    const { serial, whims } = this;
    const [option, command, value = 0] = body;
    if (option !== 44 || command === undefined) return;
    const answer = (...values: number[]): void => {
      const escapedValues = values.flatMap((each) => (each === 255 ? [255, 255] : [each]));
      socket.write(Buffer.of(255, 250, 44, command + 100, ...escapedValues, 255, 240));
    };
    if (command === 1) {
      serial.rate = whims.onlyRate ?? body.readUInt32BE(2);
      const rate = Buffer.alloc(4);
      rate.writeUInt32BE(serial.rate);
      answer(...rate);
    } else if (command === 2) answer((serial.dataBits = value));
    else if (command === 3) answer((serial.parity = whims.parity ?? value));
    else if (command === 4) answer((serial.stopBits = value));
    else if (command === 5) answer((serial.control = value));
  }

  private say(answer: Buffer, socket: Socket): void {
    const bytes = Buffer.from([...answer].flatMap((byte) => (byte === 255 ? [255, 255] : [byte])));
    const piece = this.whims.piece ?? bytes.length;
    for (let at = 0; at < bytes.length; at += piece) socket.write(bytes.subarray(at, at + piece));
  }
}

/** Where IAC SE is, from a place inside a subnegotiation on; -1 where it has not come yet. */
function endOf(bytes: Buffer, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 255) continue;
    if (bytes[at + 1] === 240) return at;
    at++;
  }
  return -1;
}

function unescaped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\xff\xff', '\xff'), 'latin1');
}
