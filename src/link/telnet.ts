/** What a Telnet stream is made of besides data: RFC 854. */
export const TELNET = { SE: 240, SB: 250, WILL: 251, WONT: 252, DO: 253, DONT: 254, IAC: 255 } as const;

/** Options that matter on the way to a serial port: RFC 856, 858, 2217. */
export const OPTION = { BINARY: 0, SUPPRESS_GO_AHEAD: 3, COM_PORT: 44 } as const;

/** More than any subnegotiation of RFC 2217 has but its signature, which is of no interest. */
const MOST_LENGTH = 64;

export interface TelnetEvents {
  /** WILL, WONT, DO or DONT, with an option */
  command(verb: number, option: number): void;
  /** a subnegotiation, cut after 64 bytes */
  subnegotiation(option: number, payload: Buffer): void;
}

type Place = 'data' | 'command' | 'option' | 'parameters' | 'parameter command';

/** Takes a Telnet stream apart, in pieces of any size. */
export class TelnetReader {
  private place: Place = 'data';
  private verb = 0;
  private parameters: number[] = [];

  constructor(private readonly events: TelnetEvents) {}

  /** @returns the data in it */
  push(bytes: Buffer): Buffer {
    const data: number[] = [];
    for (const byte of bytes) {
      switch (this.place) {
        case 'data':
          if (byte === TELNET.IAC) this.place = 'command';
          else data.push(byte);
          break;
        case 'command':
          if (byte === TELNET.IAC) data.push(byte);
          this.place = this.afterCommand(byte);
          break;
        case 'option':
          this.place = 'data';
          this.events.command(this.verb, byte);
          break;
        case 'parameters':
          if (byte === TELNET.IAC) this.place = 'parameter command';
          else this.keep(byte);
          break;
        case 'parameter command':
          this.place = 'parameters';
          if (byte === TELNET.IAC) this.keep(byte);
          else this.endParameters();
          break;
      }
    }
    return Buffer.from(data);
  }

  private afterCommand(byte: number): Place {
    if (byte === TELNET.SB) {
      this.parameters = [];
      return 'parameters';
    }
    if (byte < TELNET.WILL || byte === TELNET.IAC) return 'data';
    this.verb = byte;
    return 'option';
  }

  private keep(byte: number): void {
    if (this.parameters.length < MOST_LENGTH) this.parameters.push(byte);
  }

  /** At SE; any other command in here is a mistake, after which data is likelier than more parameters. */
  private endParameters(): void {
    this.place = 'data';
    const [option, ...payload] = this.parameters;
    if (option !== undefined) this.events.subnegotiation(option, Buffer.from(payload));
  }
}

/** Data as it goes into a Telnet stream: 255 twice. */
export function escaped(data: Buffer): Buffer {
  if (!data.includes(TELNET.IAC)) return data;
  return Buffer.from([...data].flatMap((byte) => (byte === TELNET.IAC ? [byte, byte] : [byte])));
}

/** WILL, WONT, DO or DONT, with an option. */
export function telnetCommand(verb: number, option: number): Buffer {
  return Buffer.of(TELNET.IAC, verb, option);
}

/** A subnegotiation. */
export function subnegotiation(option: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.of(TELNET.IAC, TELNET.SB, option), escaped(payload), Buffer.of(TELNET.IAC, TELNET.SE)]);
}
