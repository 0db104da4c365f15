import { ATT, AttServer } from './att';
import { join, u16, u8 } from './bytes';
import { GattTable, type Characteristic } from './gatt';
import type { AclData } from './h4';
import { CHANNEL, fragments, L2capAssembler } from './l2cap';
import type { VirtualPeripheral } from './peripheral';

/** Opcodes of the security manager (Core Specification, Vol 3 Part H 3.3), and a reason (3.5.5). */
const PAIRING_REQUEST = 0x01;
const PAIRING_FAILED = 0x05;
const PAIRING_NOT_SUPPORTED = 0x05;

/** What every LE link can carry in one packet (Vol 6 Part B 4.5.10). */
const SMALLEST_DATA_LENGTH = 27;

/** What a connection asks of the controller that carries it. */
export interface Carrier {
  sendAcl(handle: number, first: boolean, data: Buffer): void;
  /** Ends the connection, and tells the host why. */
  end(connection: Connection, reason: number): void;
}

/** One link between the host and a peripheral. */
export class Connection {
  /** the most that one packet holds; longer ones are cut */
  dataLength = SMALLEST_DATA_LENGTH;

  readonly att: AttServer;
  private readonly table: GattTable;
  private readonly assembler = new L2capAssembler();
  private ended = false;

  constructor(
    readonly handle: number,
    readonly peripheral: VirtualPeripheral,
    private readonly carrier: Carrier,
  ) {
    this.table = new GattTable(peripheral.visibleServices());
    this.att = new AttServer(this.table, {
      mtu: peripheral.mtu,
      send: (pdu) => this.send(CHANNEL.attribute, pdu),
      trapAt: (step) => peripheral.spring(step),
      drop: (reason) => this.end(reason),
      written: (characteristic, bytes) => peripheral.written(characteristic, bytes),
    });
  }

  receive(packet: AclData): void {
    const whole = this.assembler.push(packet);
    if (whole === undefined) return;
    if (whole.channel === CHANNEL.attribute) this.att.receive(whole.payload);
    if (whole.channel === CHANNEL.security && whole.payload[0] === PAIRING_REQUEST) this.answerPairing();
  }

  /**
   * Notifies the host of a new value.
   * @returns false when it has asked for none: then nothing is sent
   */
  tell(characteristic: Characteristic, bytes: Buffer): boolean {
    const attribute = this.table.valueOf(characteristic);
    const configuration = this.att.configurationOf(characteristic);
    if (this.ended || attribute === undefined || (configuration & 1) === 0) return false;
    this.send(CHANNEL.attribute, join(u8(ATT.notification), u16(attribute.handle), bytes));
    return true;
  }

  end(reason: number): void {
    if (!this.ended) this.carrier.end(this, reason);
  }

  /** To be called once, when the link is gone. */
  close(): void {
    this.ended = true;
    this.peripheral.disconnected();
  }

  /** BMS modules have no display and no keys; those that want a pairing are not simulated further than their no. */
  private answerPairing(): void {
    const trap = this.peripheral.spring('pairing');
    if (trap?.does === 'drop') this.end(trap.code);
    else if (trap?.does !== 'silence') {
      this.send(CHANNEL.security, u8(PAIRING_FAILED, trap?.code ?? PAIRING_NOT_SUPPORTED));
    }
  }

  private send(channel: number, payload: Buffer): void {
    if (this.ended) return;
    fragments({ channel, payload }, this.dataLength).forEach((data, index) => {
      this.carrier.sendAcl(this.handle, index === 0, data);
    });
  }
}
