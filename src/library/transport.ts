/** A serial port of this machine, 8N1. Needs the package `serialport`, which is loaded when the port opens. */
export interface SerialTransport {
  transport: 'serial';
  /** "/dev/serial/by-id/...", "COM3" */
  path: string;
  /** bits per second; that of the protocol, when missing */
  baudRate?: number;
}

/** A serial-to-Ethernet or Wi-Fi bridge. */
export interface TcpTransport {
  transport: 'tcp';
  /** name or address, with or without the port: "192.168.1.50", "[fe80::1]:8899" */
  host: string;
  port?: number;
  /** the bytes of the serial line, the default, or Telnet by which the port of the bridge is set */
  mode?: 'raw' | 'rfc2217';
  /** with `rfc2217`: bits per second; that of the protocol, when missing */
  baudRate?: number;
  /** connect only to read, and let go at once: for bridges that something else uses too */
  onDemand?: boolean;
}

/** A Bluetooth LE module. On Linux BlueZ is used as it is; elsewhere the package `@stoprocent/noble` is needed. */
export interface BluetoothTransport {
  transport: 'ble';
  /** MAC address, the platform's id, or the advertised name */
  device: string;
  /** "hci1"; the first, when missing */
  adapter?: string;
  /** `auto`, the default, takes BlueZ when it runs */
  driver?: 'auto' | 'hci' | 'dbus';
  /** connect only to read, and let go at once: a phone can connect in between */
  onDemand?: boolean;
}

/** Packs that exist on this computer only, answering in the bytes of whatever protocol asks. */
export interface SimulatorTransport {
  transport: 'simulator';
  /** 1 to 32; 16 when missing */
  cells?: number;
  /** `lfp` when missing */
  chemistry?: 'lfp' | 'nmc' | 'lto' | 'naion';
  /** `day` when missing */
  scenario?: 'day' | 'steady' | 'charge' | 'discharge' | 'fault';
  /** 1, the default, is real time; up to 3600 */
  speed?: number;
}

/** A recording that plays back as a line, with its timing. */
export interface ReplayTransport {
  transport: 'replay';
  /** a recording of a connection, or a test vector */
  file: string;
}

/** Where a line leads. */
export type Transport = SerialTransport | TcpTransport | BluetoothTransport | SimulatorTransport | ReplayTransport;
