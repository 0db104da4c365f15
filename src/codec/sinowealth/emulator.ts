import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { layout, number } from '../kit/fields';
import type { EmulatedResponse } from '../protocol';
import {
  batteryStatus,
  cellVoltage,
  CHARGING,
  COUNTERS,
  DISCHARGING,
  FIRST_SENSOR,
  MAX_CELLS,
  MAX_SENSORS,
  MIN_CELLS,
  mosfets,
  NUMBERS,
  packVoltage,
  temperature,
  TWO_SENSORS,
} from './tables';
import { buildResponse, parseRead } from './wire';

/** Writes the register of a board in this state. @returns false when such a board does not answer */
type Encode = (pack: Reading, data: Buffer) => unknown;

interface Register {
  readonly width: number;
  readonly encode: Encode;
}

const short = (encode: Encode): Register => ({ width: 2, encode });

const REGISTERS: ReadonlyMap<number, Register> = new Map<number, Register>([
  ...Array.from({ length: MAX_CELLS }, (_, i): [number, Register] => [
    1 + i,
    short(({ cellVoltages = [] }, data) => cellVoltage.encode(cellVoltages.slice(i, i + 1), data, 0)),
  ]),
  [0x0b, short((pack, data) => packVoltage.encode(pack, data))],
  ...Array.from({ length: MAX_SENSORS }, (_, i): [number, Register] => [
    FIRST_SENSOR + i,
    short(({ temperatures = [] }, data) => temperature.encode(temperatures.slice(i, i + 1), data, 0)),
  ]),
  ...[...NUMBERS, ...COUNTERS].map(({ command, width, type, key, scale }): [number, Register] => {
    const table = layout<Reading>([number(0, type, key, scale)]);
    return [command, { width, encode: (pack, data) => table.encode(pack, data) }];
  }),
  [0x15, short(encodePackStatus)],
  [0x16, short(({ alarms = [] }, data) => void data.writeUInt16BE(batteryStatus.encode(alarms) & 0xffff))],
  [0x17, short(encodeConfiguration)],
]);

function encodePackStatus(pack: Reading, data: Buffer): void {
  mosfets.encode(pack, data);
  const { state } = summarise({ state: pack.state, current: pack.current });
  if (state === 'charging') data.writeUInt8(data.readUInt8(1) | CHARGING, 1);
  if (state === 'discharging') data.writeUInt8(data.readUInt8(1) | DISCHARGING, 1);
}

/** A board with fewer cells than the register can hold is silent: then the host counts them. */
function encodeConfiguration(
  { cellVoltages, cellCount = cellVoltages?.length ?? 0, temperatures = [] }: Reading,
  data: Buffer,
): boolean {
  if (cellCount < MIN_CELLS) return false;
  const sensorBit = temperatures.length > 1 ? TWO_SENSORS : 0;
  data.writeUInt16BE((Math.min(cellCount, MAX_CELLS) - MIN_CELLS) | sensorBit);
  return true;
}

const SILENCE = Buffer.alloc(0);

/**
 * The board's side, for the simulator: one board per line, silent on requests that it does not have.
 * @param request bytes as they came over the line
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const asked = parseRead(request);
  const register = asked && REGISTERS.get(asked.command);
  if (register === undefined || register.width !== asked?.width) return undefined;
  return {
    address: 0,
    answer(pack) {
      const data = Buffer.alloc(register.width);
      return register.encode(pack, data) === false ? SILENCE : buildResponse(request, data);
    },
  };
}
