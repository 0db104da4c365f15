import { systemClock, type Clock } from '../../../src/clock';
import { Airwaves, peerBytes } from './airwaves';
import { join, u16, u8 } from './bytes';
import { COMMANDS } from './commands';
import { Connection } from './connection';
import { aclPacket, eventPacket, H4Reader, type AclData, type Command } from './h4';
import { EVENT, LE_EVENT, LE_EVENT_MASK_AT_START, STATUS } from './hci';
import type { VirtualPeripheral } from './peripheral';

/** The way to the host: a terminal, or a socket in memory. */
export interface ByteStream {
  write(bytes: Buffer): void;
  onData(listener: (bytes: Buffer) => void): void;
}

export interface ControllerOptions {
  address?: string;
  /** version of the core specification: 6 is 4.0, the oldest with Bluetooth LE */
  version?: number;
  /** what the host may send before it hears that something has left: bytes of a packet, and packets */
  buffer?: { length: number; packets: number };
  /** at once */
  mostConnections?: number;
  /** how often each peripheral advertises, ms */
  advertisingMs?: number;
  clock?: Clock;
  /** tells of a cancelled attempt to connect with something in the fields that have no meaning then */
  cancelsUntidily?: boolean;
}

/** Seen by noble's UART driver as one of the answers to a reset that it knows: 1, 2 or 5. */
const COMMANDS_ALLOWED = 1;

const CONNECTION_INTERVAL = 0x0012;
const SUPERVISION_TIMEOUT = 0x002a;

/** A Bluetooth LE controller with everything that is within its reach, on the H4 transport. */
export class VirtualController {
  readonly address: string;
  readonly version: number;
  readonly buffer: { readonly length: number; readonly packets: number };
  readonly peripherals: VirtualPeripheral[] = [];
  /** every command that came, by its code */
  readonly received: number[] = [];
  /** commands that are refused, and with what status */
  readonly refusals = new Map<number, number>();
  /** The controller hangs: it hears nothing and says nothing. */
  silent = false;
  /** bytes that came meanwhile, and are lost */
  lostBytes = 0;

  leEventMask = LE_EVENT_MASK_AT_START;
  readonly air: Airwaves;
  readonly cancelsUntidily: boolean;
  private readonly connections = new Map<number, Connection>();
  private readonly mostConnections: number;
  private readonly reader = new H4Reader();
  private nextHandle = 0x40;

  constructor(
    private readonly stream: ByteStream,
    options: ControllerOptions = {},
  ) {
    this.address = options.address ?? '00:1a:7d:da:71:13';
    this.version = options.version ?? 9;
    this.buffer = options.buffer ?? { length: 251, packets: 8 };
    this.cancelsUntidily = options.cancelsUntidily ?? false;
    this.mostConnections = options.mostConnections ?? 32;
    this.air = new Airwaves(this.peripherals, options.clock ?? systemClock, options.advertisingMs ?? 100, {
      heard: (report) => this.leEvent(LE_EVENT.advertisingReport, report),
      found: (peripheral) => this.establish(peripheral),
    });
    stream.onData((bytes) => this.receive(bytes));
  }

  add(...peripherals: VirtualPeripheral[]): void {
    this.peripherals.push(...peripherals);
  }

  get isScanning(): boolean {
    return this.air.isScanning;
  }

  /** links that are up */
  get openConnections(): number {
    return this.connections.size;
  }

  /** The controller lost its mind and tells so (Vol 4 Part E 7.7.8): its links are gone without a word. */
  failHard(code = 0x01): void {
    this.forget();
    this.event(EVENT.hardwareError, u8(code));
  }

  /** Ends everything that goes by time. */
  close(): void {
    this.silent = true;
    this.forget();
  }

  /** The power is gone, and what had come of a packet with it. */
  powerOff(): void {
    this.reader.clear();
    this.forget();
  }

  /** As after a reset (7.3.2): the links end without a word to the host. */
  forget(): void {
    this.air.stop();
    this.leEventMask = LE_EVENT_MASK_AT_START;
    const links = [...this.connections.values()];
    this.connections.clear();
    for (const link of links) link.close();
  }

  connection(handle: number): Connection | undefined {
    return this.connections.get(handle);
  }

  end(connection: Connection, reason: number): void {
    if (!this.connections.delete(connection.handle)) return;
    connection.close();
    this.event(EVENT.disconnectionComplete, join(u8(STATUS.success), u16(connection.handle), u8(reason)));
  }

  /** @param outcome the status, and what else the command returns */
  complete(opcode: number, outcome: Buffer): void {
    this.event(EVENT.commandComplete, join(u8(COMMANDS_ALLOWED), u16(opcode), outcome));
  }

  /** For commands whose outcome comes later, as an event of its own. */
  status(opcode: number, status: number): void {
    this.event(EVENT.commandStatus, join(u8(status, COMMANDS_ALLOWED), u16(opcode)));
  }

  event(code: number, parameters: Buffer): void {
    this.send(eventPacket(code, parameters));
  }

  leEvent(code: number, parameters: Buffer): void {
    const bit = 1n << BigInt(code - 1);
    if ((this.leEventMask & bit) !== 0n) this.event(EVENT.leMeta, join(u8(code), parameters));
  }

  /** Tells how an attempt to connect ended (7.7.65.1). @param peer who it was, as far as anything answered */
  connectionComplete(status: number, handle: number, peer?: VirtualPeripheral): void {
    const who = peer === undefined ? Buffer.alloc(7) : peerBytes(peer);
    // Without a connection there is nothing to tell of: all zero, as controllers fill it.
    const timing = status === STATUS.success ? u16(CONNECTION_INTERVAL, 0, SUPERVISION_TIMEOUT) : u16(0, 0, 0);
    this.leEvent(LE_EVENT.connectionComplete, join(u8(status), u16(handle), u8(0), who, timing, u8(0)));
  }

  /** Tells that an attempt to connect was cancelled. */
  connectionCancelled(): void {
    if (!this.cancelsUntidily) return this.connectionComplete(STATUS.unknownConnection, 0);
    const timing = u16(CONNECTION_INTERVAL, 0, SUPERVISION_TIMEOUT);
    const fields = join(u16(0), u8(0, 0), Buffer.alloc(6), timing, u8(0));
    this.leEvent(LE_EVENT.connectionComplete, join(u8(STATUS.unknownConnection), fields));
  }

  private receive(bytes: Buffer): void {
    if (this.silent) {
      this.lostBytes += bytes.length;
      return;
    }
    for (const packet of this.reader.push(bytes)) {
      if (packet.kind === 'command') this.obey(packet);
      else this.carry(packet);
    }
  }

  private obey({ opcode, parameters }: Command): void {
    this.received.push(opcode);
    const refusal = this.refusals.get(opcode);
    const command = COMMANDS.get(opcode);
    if (command === undefined) this.status(opcode, STATUS.unknownCommand);
    else if (refusal === undefined) command.run(this, parameters, opcode);
    else if (command.isLater) this.status(opcode, refusal);
    else this.complete(opcode, u8(refusal));
  }

  private carry(packet: AclData): void {
    const connection = this.connections.get(packet.handle);
    if (connection === undefined) return;
    // As if it had left at once: the host may send the next.
    this.event(EVENT.completedPackets, join(u8(1), u16(packet.handle, 1)));
    connection.receive(packet);
  }

  private establish(peripheral: VirtualPeripheral): boolean {
    if (this.connections.size >= this.mostConnections) {
      this.connectionComplete(STATUS.connectionLimit, 0, peripheral);
      return true;
    }
    const trap = peripheral.spring('connect');
    if (trap?.does === 'silence') return false;
    if (trap?.does === 'refuse') {
      this.connectionComplete(trap.code, 0, peripheral);
      return true;
    }
    const connection = this.connect(peripheral);
    if (trap?.does === 'drop') connection.end(trap.code);
    return true;
  }

  private connect(peripheral: VirtualPeripheral): Connection {
    const handle = this.nextHandle++;
    const connection = new Connection(handle, peripheral, {
      sendAcl: (to, first, data) => this.send(aclPacket(to, first, data)),
      end: (link, reason) => this.end(link, reason),
    });
    this.connections.set(handle, connection);
    this.connectionComplete(STATUS.success, handle, peripheral);
    peripheral.connected(connection);
    return connection;
  }

  private send(packet: Buffer): void {
    if (!this.silent) this.stream.write(packet);
  }
}
