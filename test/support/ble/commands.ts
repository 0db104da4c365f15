import { addressBytes, addressText, join, u16, u8 } from './bytes';
import type { VirtualController } from './controller';
import { COMMAND, EVENT, LE_EVENT, STATUS } from './hci';

interface CommandRule {
  /** whether the outcome comes later, and a status first */
  isLater?: boolean;
  run(controller: VirtualController, parameters: Buffer, opcode: number): void;
}

/** The longest packet of a link with the extension of its data length: bytes, and microseconds. */
const MOST_OCTETS = 251;
const MOST_TIME_US = 2120;

/** Data packet length extension (Core Specification, Vol 6 Part B 4.6): the only feature. */
const LE_FEATURES = Buffer.from('2000000000000000', 'hex');

const MANUFACTURER = 0x05f1; // The Linux Foundation
const LMP_VERSION = 9;

const MANUFACTURER_OF_MODULES = 0x000d; // Texas Instruments

/** What the controller does at each command; the parameters as in the Core Specification, Vol 4 Part E 7. */
export const COMMANDS: ReadonlyMap<number, CommandRule> = new Map<number, CommandRule>([
  [
    COMMAND.reset,
    {
      run: (controller, _, opcode) => {
        controller.forget();
        controller.complete(opcode, u8(STATUS.success));
      },
    },
  ],
  [COMMAND.setEventMask, { run: accept }],
  [COMMAND.writeLeHostSupport, { run: accept }],
  [COMMAND.readLeHostSupport, answer(() => u8(1, 0))],
  [COMMAND.readLocalVersion, answer(({ version }) => join(u8(version), u16(0), u8(version), u16(MANUFACTURER, 0)))],
  [COMMAND.readSupportedCommands, answer(() => Buffer.alloc(64))],
  // No buffer for BR/EDR.
  [COMMAND.readBufferSize, answer(() => join(u16(0), u8(0), u16(0, 0)))],
  [COMMAND.readAddress, answer(({ address }) => addressBytes(address))],
  [
    COMMAND.leSetEventMask,
    {
      run: (controller, parameters, opcode) => {
        controller.leEventMask = parameters.readBigUInt64LE(0);
        accept(controller, parameters, opcode);
      },
    },
  ],
  [COMMAND.leReadBufferSize, answer(({ buffer }) => join(u16(buffer.length), u8(buffer.packets)))],
  [COMMAND.leReadFeatures, answer(() => LE_FEATURES)],
  [COMMAND.leReadMaxDataLength, answer(() => u16(MOST_OCTETS, MOST_TIME_US, MOST_OCTETS, MOST_TIME_US))],
  [COMMAND.leSetScanParameters, { run: setScanParameters }],
  [COMMAND.leSetScanEnable, { run: setScanEnable }],
  [COMMAND.leCreateConnection, { isLater: true, run: createConnection }],
  [COMMAND.leCancelConnection, { run: cancelConnection }],
  [COMMAND.readRssi, { run: readRssi }],
  [COMMAND.leSetDataLength, { run: setDataLength }],
  [COMMAND.disconnect, { isLater: true, run: disconnect }],
  [
    COMMAND.readRemoteVersion,
    later((controller, handle) => {
      const version = join(u8(LMP_VERSION), u16(MANUFACTURER_OF_MODULES, 0));
      controller.event(EVENT.remoteVersionComplete, join(u8(STATUS.success), u16(handle), version));
    }),
  ],
  [
    COMMAND.leReadRemoteFeatures,
    later((controller, handle) => {
      controller.leEvent(LE_EVENT.remoteFeaturesComplete, join(u8(STATUS.success), u16(handle), LE_FEATURES));
    }),
  ],
  [
    COMMAND.leUpdateConnection,
    later((controller, handle, parameters) => {
      const [interval, latency, timeout] = [4, 6, 8].map((at) => parameters.readUInt16LE(at)) as [
        number,
        number,
        number,
      ];
      const agreed = u16(handle, interval, latency, timeout);
      controller.leEvent(LE_EVENT.updateComplete, join(u8(STATUS.success), agreed));
    }),
  ],
]);

function accept(controller: VirtualController, _: Buffer, opcode: number): void {
  controller.complete(opcode, u8(STATUS.success));
}

/** A command that only asks. */
function answer(content: (controller: VirtualController) => Buffer): CommandRule {
  return {
    run: (controller, _, opcode) => controller.complete(opcode, join(u8(STATUS.success), content(controller))),
  };
}

/** A command on a connection whose outcome is an event. */
function later(tell: (controller: VirtualController, handle: number, parameters: Buffer) => void): CommandRule {
  return {
    isLater: true,
    run: (controller, parameters, opcode) => {
      const handle = parameters.readUInt16LE(0);
      const isKnown = controller.connection(handle) !== undefined;
      controller.status(opcode, isKnown ? STATUS.success : STATUS.unknownConnection);
      if (isKnown) tell(controller, handle, parameters);
    },
  };
}

function setScanParameters(controller: VirtualController, parameters: Buffer, opcode: number): void {
  const allowed = !controller.air.isScanning;
  if (allowed) controller.air.setScanType(parameters[0] === 1);
  controller.complete(opcode, u8(allowed ? STATUS.success : STATUS.disallowed));
}

function setScanEnable(controller: VirtualController, parameters: Buffer, opcode: number): void {
  const [enable, filter] = parameters;
  controller.complete(opcode, u8(STATUS.success));
  if (enable === 1) controller.air.startScan(filter === 1);
  else controller.air.stopScan();
}

function createConnection(controller: VirtualController, parameters: Buffer, opcode: number): void {
  if (controller.air.isConnecting) return controller.status(opcode, STATUS.disallowed);
  controller.status(opcode, STATUS.success);
  const addressType = parameters[5] === 1 ? 'random' : 'public';
  controller.air.seek(addressText(parameters.subarray(6, 12)), addressType);
}

function cancelConnection(controller: VirtualController, _: Buffer, opcode: number): void {
  const { air } = controller;
  const isUnderWay = air.isConnecting;
  air.stopSeeking();
  controller.complete(opcode, u8(isUnderWay ? STATUS.success : STATUS.disallowed));
  // The attempt ends with the event that it would have ended with (7.8.13).
  if (isUnderWay) controller.connectionCancelled();
}

function readRssi(controller: VirtualController, parameters: Buffer, opcode: number): void {
  const handle = parameters.readUInt16LE(0);
  const connection = controller.connection(handle);
  const status = connection === undefined ? STATUS.unknownConnection : STATUS.success;
  controller.complete(opcode, join(u8(status), u16(handle), u8(connection?.peripheral.rssi ?? 0)));
}

function setDataLength(controller: VirtualController, parameters: Buffer, opcode: number): void {
  const handle = parameters.readUInt16LE(0);
  const connection = controller.connection(handle);
  const status = connection === undefined ? STATUS.unknownConnection : STATUS.success;
  controller.complete(opcode, join(u8(status), u16(handle)));
  if (connection === undefined) return;
  const octets = Math.min(parameters.readUInt16LE(2), MOST_OCTETS);
  connection.dataLength = octets;
  const time = parameters.readUInt16LE(4);
  controller.leEvent(LE_EVENT.dataLengthChange, u16(handle, octets, time, octets, time));
}

function disconnect(controller: VirtualController, parameters: Buffer, opcode: number): void {
  const connection = controller.connection(parameters.readUInt16LE(0));
  controller.status(opcode, connection === undefined ? STATUS.unknownConnection : STATUS.success);
  if (connection !== undefined) controller.end(connection, STATUS.localHostEnded);
}
