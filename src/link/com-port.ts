import { BmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';
import { OPTION, subnegotiation, TELNET, telnetCommand, TelnetReader } from './telnet';

/** Settings of a serial port over Telnet, RFC 2217; a server answers with the same, plus 100. */
const SET = { BAUD_RATE: 1, DATA_SIZE: 2, PARITY: 3, STOP_SIZE: 4, CONTROL: 5 } as const;
const ANSWER = 100;

/** 8 data bits, no parity, 1 stop bit, no flow control. */
const SETTINGS: readonly { command: number; value: number; name: Sentence }[] = [
  { command: SET.DATA_SIZE, value: 8, name: say`8 data bits` },
  { command: SET.PARITY, value: 1, name: say`no parity` },
  { command: SET.STOP_SIZE, value: 1, name: say`1 stop bit` },
];
const NO_FLOW_CONTROL = 1;

/** Clocks of serial ports are not exact, and some servers tell the rate that they really have. */
const RATE_TOLERANCE = 0.03;

const WANTED = [OPTION.BINARY, OPTION.SUPPRESS_GO_AHEAD] as const;

/** The client's side of RFC 2217: agrees on the option, sets the port, and takes the stream apart. */
export class ComPort {
  /** resolves when the port has its rate; rejects with `disconnected` and what the server refuses */
  readonly ready: Promise<void>;
  private settle: { resolve: () => void; reject: (error: BmsError) => void } | undefined;
  private readonly reader: TelnetReader;
  private isAgreed = false;
  private send: (bytes: Buffer) => void = () => undefined;
  /** what was said already: a server that asks the same again gets no second answer, which could go on for ever */
  private readonly said = new Set<string>();

  constructor(
    private readonly name: string,
    private readonly baudRate: number,
  ) {
    this.ready = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.reader = new TelnetReader({
      command: (verb, option) => this.onCommand(verb, option),
      subnegotiation: (option, payload) => option === OPTION.COM_PORT && this.onAnswer(payload),
    });
  }

  /** Begins to negotiate; to be called once, when the connection is open. @param send hands bytes to it */
  begin(send: (bytes: Buffer) => void): void {
    this.send = send;
    this.say(TELNET.WILL, OPTION.COM_PORT);
    for (const option of WANTED) {
      this.say(TELNET.DO, option);
      this.say(TELNET.WILL, option);
    }
  }

  /** Takes what comes. @returns the bytes of the serial line in it */
  received(bytes: Buffer): Buffer {
    return this.reader.push(bytes);
  }

  /** Ends the negotiation from outside. */
  fail(error: BmsError): void {
    this.settle?.reject(error);
    this.settle = undefined;
  }

  private onCommand(verb: number, option: number): void {
    if (option === OPTION.COM_PORT) {
      if (verb === TELNET.DO || verb === TELNET.WILL) this.configure();
      else this.refuse(say`does not let its port be set (RFC 2217)`);
      return;
    }
    const isWanted = WANTED.some((wanted) => wanted === option);
    if (verb === TELNET.DO) this.say(isWanted ? TELNET.WILL : TELNET.WONT, option);
    if (verb === TELNET.WILL) this.say(isWanted ? TELNET.DO : TELNET.DONT, option);
  }

  private configure(): void {
    if (this.isAgreed) return;
    this.isAgreed = true;
    for (const { command, value } of SETTINGS) this.set(command, Buffer.of(value));
    this.set(SET.CONTROL, Buffer.of(NO_FLOW_CONTROL));
    // Last: when its answer comes, so have the others.
    const rate = Buffer.alloc(4);
    rate.writeUInt32BE(this.baudRate);
    this.set(SET.BAUD_RATE, rate);
  }

  private onAnswer(payload: Buffer): void {
    const command = (payload[0] ?? 0) - ANSWER;
    if (command === SET.BAUD_RATE && payload.length >= 5) return this.onRate(payload.readUInt32BE(1));
    const setting = SETTINGS.find((each) => each.command === command);
    if (setting === undefined || payload[1] === undefined || payload[1] === setting.value) return;
    this.refuse(say`does not take ${setting.name}`);
  }

  private onRate(rate: number): void {
    if (Math.abs(rate - this.baudRate) > this.baudRate * RATE_TOLERANCE) {
      return this.refuse(say`does not take ${this.baudRate} baud, its port stays at ${rate}`);
    }
    this.settle?.resolve();
    this.settle = undefined;
  }

  private refuse(what: Sentence): void {
    const text = say`${this.name} ${what}; allow it at the bridge, or set the bridge itself and choose raw mode in the connection.`;
    this.fail(new BmsError('disconnected', text, undefined, 'bridge_mode'));
  }

  private set(command: number, value: Buffer): void {
    this.send(subnegotiation(OPTION.COM_PORT, Buffer.concat([Buffer.of(command), value])));
  }

  private say(verb: number, option: number): void {
    const key = `${verb} ${option}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.send(telnetCommand(verb, option));
  }
}
