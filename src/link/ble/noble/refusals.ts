import { ClauseError } from '../../../battery/errors';
import { say, type Sentence } from '../../../battery/sentence';
import type { Attributes } from './attributes';

/** Channel of the attribute protocol, its answer that refuses a request, and the request for another MTU. */
const CHANNEL = 0x0004;
const ERROR = 0x01;
const MTU_REQUEST = 0x02;

/** Offset of the code in an answer that refuses, and its length: opcode, opcode of the request, handle, code. */
const CODE_AT = 4;
const LENGTH = 5;

const INVALID_PDU = 0x04;
const UNLIKELY = 0x0e;

/** What refusals mean (Bluetooth Core Specification, Vol 3 Part F 3.4.1.1). */
const MEANINGS: ReadonlyMap<number, Sentence> = new Map([
  [0x01, say`invalid handle`],
  [0x02, say`read not permitted`],
  [0x03, say`write not permitted`],
  [0x05, say`insufficient authentication`],
  [0x06, say`not supported`],
  [0x08, say`insufficient authorization`],
  [0x0a, say`attribute not found`],
  [0x0c, say`encryption key too short`],
  [0x0d, say`invalid length`],
  [0x0f, say`insufficient encryption`],
]);

/** After these the library pairs with the device, and asks again; it waits for ever when that fails. */
const PAIRS_FIRST: readonly number[] = [0x05, 0x08, 0x0f];

/** What the device refuses until it is paired. */
const WANTS_PAIRING: readonly number[] = [...PAIRS_FIRST, 0x0c];

/** A request that a device has refused. */
export class Refusal extends ClauseError {
  readonly wantsPairing: boolean;

  /** @param code of the attribute protocol */
  constructor(code: number) {
    const wantsPairing = WANTS_PAIRING.includes(code);
    const meaning = MEANINGS.get(code) ?? say`error`;
    const refusal = say`it refuses that, ${meaning} (0x${code.toString(16).padStart(2, '0')})`;
    super(wantsPairing ? say`${refusal}; pair it with the system` : refusal);
    this.wantsPairing = wantsPairing;
  }
}

/**
 * Hears what the device of one connection refuses. The library keeps most refusals to itself, so that whoever waits
 * would do so in vain; after some of them it even asks nothing any more.
 */
export class Refusals {
  private readonly listeners = new Set<(refusal: Refusal) => void>();
  /** why the library pairs with the device just now */
  private unpaired: Buffer | undefined;

  constructor(private readonly attributes: Attributes) {
    const { _aclStream: stream } = attributes;
    // After the library's own listeners, which have done what they do with it by then.
    stream.on('data', (channel: number, packet: Buffer) => this.hear(channel, packet));
    stream.on('encrypt', (isEncrypted: boolean) => this.paired(isEncrypted));
    stream.on('encryptFail', () => this.paired(false));
  }

  /**
   * The outcome of what the device is asked for, one thing at a time.
   * @param counts which refusals end it
   * @throws Refusal
   */
  during<T>(work: () => Promise<T>, counts: (refusal: Refusal) => boolean = () => true): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (refusal: Refusal): void => {
        if (counts(refusal)) reject(refusal);
      };
      this.listeners.add(listener);
      void work()
        .then(resolve, reject)
        .finally(() => this.listeners.delete(listener));
    });
  }

  private hear(channel: number, packet: Buffer): void {
    if (channel !== CHANNEL || packet[0] !== ERROR || packet.length < LENGTH) return;
    const code = packet.readUInt8(CODE_AT);
    if (PAIRS_FIRST.includes(code) && this.attributes._security !== 'medium') this.unpaired = packet;
    else if (code === INVALID_PDU) this.refuse(packet);
    else this.tell(packet);
  }

  private paired(isPaired: boolean): void {
    const { unpaired } = this;
    this.unpaired = undefined;
    if (!isPaired && unpaired !== undefined) this.refuse(unpaired);
  }

  /** The library waits for another answer than this one: it gets one that it understands. */
  private refuse(packet: Buffer): void {
    const understood = Buffer.from(packet);
    understood.writeUInt8(UNLIKELY, CODE_AT);
    this.attributes.onAclStreamData(CHANNEL, understood);
    this.tell(packet);
  }

  private tell(packet: Buffer): void {
    // Without another MTU the least one counts, which every device can.
    if (packet[1] === MTU_REQUEST) return;
    const refusal = new Refusal(packet.readUInt8(CODE_AT));
    for (const listener of [...this.listeners]) listener(refusal);
  }
}
