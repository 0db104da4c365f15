import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { numbersToBits, type Layout } from '../kit/fields';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { CHARGE, DISCHARGE, RESTART, SET_SOC } from './actions';
import { encodeAlarms } from './alarms';
import { readSettings, readsSettings, writeSettings, writesSettings } from './emulated-settings';
import {
  CELL_RANGE,
  CELLS,
  COUNTS,
  INPUTS,
  MAX_CELLS,
  MAX_SENSORS,
  MOSFETS,
  PACK,
  STATES,
  TEMPERATURE_RANGE,
  TEMPERATURES,
  TEXT_WIDTH,
  TEXTS,
  type TemperatureRange,
  type TextTable,
} from './tables';
import { buildResponse, DATA_LENGTH, DONGLE, parseRequest, splitSeries } from './wire';

/** The heartbeat of a working board is not 0; how far it has counted does not matter. */
const HEARTBEAT = 1;

/** The data of the frames that answer one id. @param dongle whether a dongle asks, which is sent every frame (daly.md 1) */
type Answer = (pack: Reading, dongle: boolean) => Buffer[];

function fill<T extends object>(table: Layout<T>, from: T): Buffer[] {
  const data = Buffer.alloc(DATA_LENGTH);
  table.encode(from, data);
  return [data];
}

function cellCountOf(pack: Reading): number {
  return Math.min(MAX_CELLS, Math.max(0, pack.cellCount ?? 0));
}

function temperaturesOf(pack: Reading): readonly (number | null)[] {
  return pack.temperatures?.slice(0, MAX_SENSORS) ?? [];
}

function stateCodeOf({ state = 'idle' }: Reading): number {
  return Math.max(0, STATES.indexOf(state));
}

function counts(pack: Reading): Buffer[] {
  const sensorCount = temperaturesOf(pack).length;
  const { cycles, chargerConnected, loadConnected, digitalInputs = [] } = pack;
  const on = digitalInputs.flatMap((input, i) => (input ? [i + 1] : []));
  const inputs = numbersToBits(on, 1, INPUTS);
  return fill(COUNTS, { cellCount: cellCountOf(pack), sensorCount, cycles, chargerConnected, loadConnected, inputs });
}

function temperatureRange(pack: Reading): TemperatureRange {
  const { temperatureMax, temperatureMin } = pack;
  const sensor = (temperature?: number): number | undefined =>
    temperature === undefined ? undefined : temperaturesOf(pack).indexOf(temperature) + 1;
  return { temperatureMax, temperatureMin, maxSensor: sensor(temperatureMax), minSensor: sensor(temperatureMin) };
}

function cells(pack: Reading, dongle: boolean): Buffer[] {
  const count = cellCountOf(pack);
  const values = Buffer.alloc(MAX_CELLS * CELLS.values.width);
  CELLS.values.encode(pack.cellVoltages?.slice(0, count) ?? [], values, 0);
  return splitSeries(values, dongle ? CELLS.allFrames : Math.ceil(count / CELLS.perFrame), CELLS.width);
}

function temperatures(pack: Reading, dongle: boolean): Buffer[] {
  const sensors = temperaturesOf(pack);
  const values = Buffer.alloc(MAX_SENSORS * TEMPERATURES.values.width);
  TEMPERATURES.values.encode(sensors, values, 0);
  const needed = Math.ceil(sensors.length / TEMPERATURES.perFrame);
  return splitSeries(values, dongle ? TEMPERATURES.allFrames : needed, TEMPERATURES.width);
}

function balancing({ balancingCells = [] }: Reading): Buffer[] {
  const data = Buffer.alloc(DATA_LENGTH);
  data.writeUInt32LE(numbersToBits(balancingCells), 0);
  data.writeUInt16LE(numbersToBits(balancingCells, 33, 16), 4);
  return [data];
}

function textAnswer({ id, frames, table }: TextTable): [number, Answer] {
  return [
    id,
    (pack) => {
      const values = Buffer.alloc(frames * TEXT_WIDTH);
      table.encode(pack, values);
      return splitSeries(values, frames, TEXT_WIDTH);
    },
  ];
}

/** As boards do, the emulator is silent to ids that are not here. */
const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  // A pack without a current has 0 A, which is not zero on the wire.
  [0x90, ({ voltage, current = 0, soc }) => fill(PACK, { voltage, current, soc })],
  [0x91, (pack) => fill(CELL_RANGE, pack)],
  [0x92, (pack) => fill(TEMPERATURE_RANGE, temperatureRange(pack))],
  [0x93, (pack) => fill(MOSFETS, { ...pack, stateCode: stateCodeOf(pack), heartbeat: HEARTBEAT })],
  [0x94, counts],
  [0x95, cells],
  [0x96, temperatures],
  [0x97, balancing],
  [0x98, (pack) => [encodeAlarms(pack.alarms ?? [])]],
  ...TEXTS.map(textAnswer),
]);

/** Commands, each acknowledged with its own data. */
const COMMANDS: ReadonlyMap<number, (board: EmulatedBoard, data: Buffer) => void> = new Map([
  [CHARGE, (board: EmulatedBoard, data: Buffer) => board.execute('charge', data.readUInt8(0) === 1)],
  [DISCHARGE, (board: EmulatedBoard, data: Buffer) => board.execute('discharge', data.readUInt8(0) === 1)],
  [SET_SOC, (board: EmulatedBoard, data: Buffer) => board.execute('soc', data.readUInt16BE(6) / 10)],
  [RESTART, (board: EmulatedBoard) => board.execute('restart', true)],
]);

/**
 * The board's side, for the simulator.
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid request, or ask an id that the board does not know
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const asked = parseRequest(request);
  if (asked === undefined) return undefined;
  const { address, id, data } = asked;
  const frame = (block: Buffer): Buffer => buildResponse(address, id, block);
  const command = COMMANDS.get(id);
  if (command !== undefined) {
    return {
      address,
      answer(_pack, board) {
        if (board === undefined) return Buffer.alloc(0);
        command(board, data);
        // Nothing acknowledges a restart; the SOC is acknowledged with 1 (daly.md 6).
        if (id === RESTART) return Buffer.alloc(0);
        return frame(id === SET_SOC ? Buffer.of(1) : data.subarray(0, 1));
      },
    };
  }
  if (writesSettings(id)) {
    return {
      address,
      answer(pack, board) {
        if (board === undefined) return Buffer.alloc(0);
        writeSettings(id, data, pack, board);
        // As the clock and the SOC are acknowledged: how a board acknowledges settings is not known (settings-daly.md 2).
        return frame(Buffer.of(1));
      },
    };
  }
  const answer = ANSWERS.get(id);
  if (answer === undefined) {
    if (!readsSettings(id)) return undefined;
    return { address, answer: (pack, board) => frame(readSettings(id, pack, board)) };
  }
  return {
    address,
    // Boards work out by themselves: extremes and their cells, the number of cells, the state.
    answer: (pack) => Buffer.concat(answer(summarise({ ...pack }), address === DONGLE).map(frame)),
  };
}
