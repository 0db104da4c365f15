/**
 * The codec alone: frames of battery-management systems to readings, without lines and sessions.
 *
 * @example
 * ```ts
 * import { decode, listProtocols } from '@openbms/node-red-bms/codec';
 * ```
 *
 * @packageDocumentation
 */

export type { ActionInput, ActionName, ActionValue } from '../battery/action';
export type { Alarm, AlarmLevel } from '../battery/alarm';
export { BmsError, type ErrorCode } from '../battery/errors';
export type { BatteryState, Reading } from '../battery/reading';
export { decode, type Bytes, type DecodeOptions, type RecordedExchange } from './decode';
export { readRequests, type ReadRequest } from './requests';
export { listProtocols, type ActionInfo, type ProtocolInfo } from './protocols';
