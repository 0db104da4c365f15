import type { ActionName } from '../../battery/action';
import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { BALANCER, CHARGE, DISCHARGE, RESTART } from './actions';
import { alarmBits, itemOf, ITEMS, type Item, type Raw, type Values } from './tables';
import { rawCurrent, rawTemperature, VERSION } from './values';
import { build, COMMANDS, commandOf, frames, informationOf, SOURCES, TYPES, typeOf } from './wire';

const NO_ID = 0;
const SILENCE = Buffer.alloc(0);

/** The ids and data of the answer to a request; nothing for silence. */
type Information = (pack: Reading, board?: EmulatedBoard) => Buffer;

/** Ids that can be written, and what is asked with them; the others are stored unread or refused (jk.md 10). */
const WRITES: ReadonlyMap<number, ActionName> = new Map([
  [CHARGE, 'charge'],
  [DISCHARGE, 'discharge'],
  [BALANCER, 'balancing'],
  [RESTART, 'restart'],
]);

/**
 * The board's side, for the simulator. A board is silent on damaged frames and unknown commands (jk.md 4); it takes any
 * password, and needs none (jk.md 9).
 * @param request bytes as they came over the line
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  if (request.length === 0 || frames.measure(request, 0, request.length) !== request.length) return undefined;
  if (typeOf(request) !== TYPES.request) return undefined;
  const command = commandOf(request);
  const informationFor = answerTo(command, informationOf(request));
  if (informationFor === undefined) return undefined;
  return {
    address: 0,
    answer(pack, board) {
      const information = informationFor(pack, board);
      return information.length === 0 ? information : build(command, SOURCES.board, TYPES.reply, information);
    },
  };
}

/** Undefined when a request is not understood. */
function answerTo(command: number, asked: Buffer): Information | undefined {
  const id = asked.readUInt8(0);
  const acknowledgement = Buffer.from([id]);
  if (command === COMMANDS.password) return (_pack, board) => (board === undefined ? SILENCE : acknowledgement);
  if (command === COMMANDS.write) return obeyed(WRITES.get(id), asked.subarray(1), acknowledgement);
  if (asked.length !== 1) return undefined;
  if (command === COMMANDS.activate) return () => acknowledgement;
  if (command === COMMANDS.readAll || id === NO_ID) return (pack, board) => encodeSet(pack, board?.switches);
  const item = itemOf(id);
  return item && ((pack, board) => encodeOne(pack, item, board?.switches));
}

/** @param data behind the id */
function obeyed(action: ActionName | undefined, data: Buffer, acknowledgement: Buffer): Information | undefined {
  const value = data[0];
  if (action === undefined || data.length !== 1 || (value !== 0 && value !== 1)) return undefined;
  return (_pack, board) => {
    if (board === undefined) return SILENCE;
    board.execute(action, value === 1);
    return acknowledgement;
  };
}

type Switches = EmulatedBoard['switches'];

/**
 * All ids that a board in this state would send, in their order; absent values are not sent.
 * @param switches what the user has switched on and off, where they are known
 */
function encodeSet(pack: Reading, switches?: Switches): Buffer {
  const values = valuesOf(summarise({ ...pack }), switches);
  return Buffer.concat(ITEMS.map((item) => encodeItem(item, values)));
}

/** One id with its data, of a board in this state; empty when the board has no value for it. */
function encodeOne(pack: Reading, item: Item, switches?: Switches): Buffer {
  return encodeItem(item, valuesOf(summarise({ ...pack }), switches));
}

function encodeItem(item: Item, values: Values): Buffer {
  const data = item.encode(values);
  return data === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.from([item.id]), data]);
}

function valuesOf(pack: Reading, switches?: Switches): Values {
  const { mosTemperature, temperatures, current, alarms, runtime, model } = pack;
  const [box, battery] = temperatures ?? [];
  const raw: Raw = {
    version: VERSION,
    ...(mosTemperature !== undefined && { mosTemperature: rawTemperature(mosTemperature) }),
    ...(box !== undefined && { boxTemperature: rawTemperature(box) }),
    ...(battery !== undefined && { batteryTemperature: rawTemperature(battery) }),
    ...(temperatures !== undefined && { sensorCount: Math.min(2, temperatures.length) }),
    ...(current !== undefined && { current: rawCurrent(current) }),
    ...(alarms !== undefined && { alarms: alarmBits.encode(alarms) }),
    ...(runtime !== undefined && { runtimeMinutes: Math.round(runtime / 60) }),
    ...(model !== undefined && { model }),
    ...rawSwitches(pack, switches),
  };
  return { reading: pack, raw };
}

/** The switches as the board has them, else as the pack says. */
function rawSwitches({ chargeSwitch, dischargeSwitch, balancingSwitch }: Reading, switches?: Switches): Raw {
  const { charge = chargeSwitch, discharge = dischargeSwitch, balancing = balancingSwitch } = switches ?? {};
  return {
    ...(charge !== undefined && { chargeSwitch: Number(charge) }),
    ...(discharge !== undefined && { dischargeSwitch: Number(discharge) }),
    ...(balancing !== undefined && { balancerSwitch: Number(balancing) }),
  };
}
