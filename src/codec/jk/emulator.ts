import type { ActionName } from '../../battery/action';
import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { BALANCER, CHARGE, DISCHARGE, RESTART } from './actions';
import { settingItems, writeSetting } from './emulated-settings';
import { isWritten } from './parameters';
import { alarmBits, itemOf, ITEMS, type Raw, type Values } from './tables';
import { rawCurrent, rawTemperature, VERSION } from './values';
import { build, COMMANDS, commandOf, frames, informationOf, SOURCES, TYPES, typeOf } from './wire';

const NO_ID = 0;
const SILENCE = Buffer.alloc(0);

/** The ids and data of the answer to a request; nothing for silence. */
type Information = (pack: Reading, board?: EmulatedBoard) => Buffer;

/** Ids that are actions, and which. */
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
  if (command === COMMANDS.write) return obeyed(id, asked.subarray(1), acknowledgement);
  if (asked.length !== 1) return undefined;
  if (command === COMMANDS.activate) return () => acknowledgement;
  if (command === COMMANDS.readAll || id === NO_ID) return encodeSet;
  if (itemOf(id) === undefined) return undefined;
  return (pack, board) => encodeItem(id, itemsOf(pack, board).get(id));
}

/** @param data behind the id */
function obeyed(id: number, data: Buffer, acknowledgement: Buffer): Information | undefined {
  const action = WRITES.get(id);
  const value = data[0];
  const isAction = action !== undefined && data.length === 1 && (value === 0 || value === 1);
  if (!isAction && !isWritten(id, data.length)) return undefined;
  return (pack, board) => {
    if (board === undefined) return SILENCE;
    if (isAction) board.execute(action, value === 1);
    else writeSetting(id, data, pack, board);
    return acknowledgement;
  };
}

/** All ids that a board in this state would send, in their order; absent values are not sent. */
function encodeSet(pack: Reading, board?: EmulatedBoard): Buffer {
  const items = [...itemsOf(pack, board)].sort(([one], [other]) => one - other);
  return Buffer.concat(items.map(([id, data]) => encodeItem(id, data)));
}

/** An id with its data; empty when the board has no value for it. */
function encodeItem(id: number, data: Buffer | undefined): Buffer {
  return data === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.of(id), data]);
}

/** What a board in this state would send, by id. @param board has the settings; without it only values of a reading come */
function itemsOf(pack: Reading, board?: EmulatedBoard): Map<number, Buffer> {
  const values = valuesOf(summarise({ ...pack }), board?.switches);
  const items = new Map<number, Buffer>();
  for (const item of ITEMS) {
    const data = item.encode(values);
    if (data !== undefined) items.set(item.id, data);
  }
  return board === undefined ? items : new Map([...items, ...settingItems(pack, board)]);
}

type Switches = EmulatedBoard['switches'];

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
