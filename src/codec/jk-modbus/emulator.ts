import { summarise } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import { REQUEST_TIMES_AT } from '../jk-record/delivered';
import { encodeLogBook } from '../jk-record/log-book';
import { DATA_LENGTH, RECORDS } from '../jk-record/wire';
import type { Endian } from '../kit/fields';
import { buildException, buildReadResponse, buildWriteResponse, MODBUS, parseRequest } from '../kit/modbus';
import type { EmulatedBoard, EmulatedResponse } from '../protocol';
import { isSetting, requestTimes, settingRegisters, writeSetting, type SettingWrite } from './emulated-settings';
import { information, inRegisterOrder, live, settings, type Block } from './tables';
import { buildAnswer, buildTrigger, LAST_ADDRESS, LOG_TRIGGER, MASTER, READ, REFUSALS, WRITE } from './wire';

const BLOCKS: readonly Block[] = [live, settings, information];

/** What can be read as registers. */
const SEGMENTS: readonly { readonly register: number; readonly size: number; readonly block: Block }[] = [
  ...BLOCKS.map((block) => ({ register: block.register, size: block.size, block })),
  { register: information.register + REQUEST_TIMES_AT, size: 2, block: information },
];

/** More fail (jk-modbus.md 3). */
const MOST_REGISTERS = 120;

/**
 * The board's side, for the simulator: triggers, reads of registers and writes of settings. A board is silent on a wrong
 * address or CRC, and refuses the function that writes one register (jk-modbus.md 3).
 * @param request bytes as they came over the line
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const parsed = parseRequest(request);
  if (parsed === undefined || parsed.unit === MASTER || parsed.unit > LAST_ADDRESS) return undefined;
  const { unit, func, register, count, data } = parsed;
  switch (func) {
    case READ:
      return serveRegisters(unit, register, count);
    case MODBUS.writeRegister:
      return refuse(unit, func, REFUSALS.register);
    case WRITE:
      return serveFrame(unit, request) ?? serveWrite(unit, { register, data });
    default:
      return undefined;
  }
}

function serveFrame(address: number, request: Buffer): EmulatedResponse | undefined {
  if (buildTrigger(address, LOG_TRIGGER).equals(request))
    return { address, answer: (_pack, board) => buildAnswer(address, RECORDS.logBook, encodeLogBook(board)) };
  const block = BLOCKS.find((entry) => buildTrigger(address, entry.trigger).equals(request));
  return (
    block && {
      address,
      answer: (pack, board) => buildAnswer(address, block.type, imageOf(block, pack, 'little', board)),
    }
  );
}

/** @returns undefined for registers that are no settings */
function serveWrite(address: number, write: SettingWrite): EmulatedResponse | undefined {
  const { register, data } = write;
  if (!isSetting(register)) return undefined;
  return {
    address,
    answer(pack, board) {
      const refused = board === undefined ? REFUSALS.register : writeSetting(write, pack, board);
      if (refused !== undefined) return buildException(address, WRITE, refused);
      return buildWriteResponse(address, register, data.length / 2);
    },
  };
}

function serveRegisters(address: number, register: number, count: number): EmulatedResponse {
  if (count === 0 || count > MOST_REGISTERS) return refuse(address, READ, REFUSALS.value);
  const end = register + 2 * count;
  const segment = SEGMENTS.find((entry) => register >= entry.register && end <= entry.register + entry.size);
  if (segment === undefined) return refuse(address, READ, REFUSALS.register);
  const { block } = segment;
  const from = register - block.register;
  return {
    address,
    answer: (pack, board) =>
      buildReadResponse(address, READ, imageOf(block, pack, 'big', board).subarray(from, from + 2 * count)),
  };
}

function refuse(address: number, func: number, code: number): EmulatedResponse {
  return { address, answer: () => buildException(address, func, code) };
}

function imageOf(block: Block, pack: Reading, endian: Endian, board?: EmulatedBoard): Buffer {
  if (block === settings) {
    const registers = settingRegisters(pack, board);
    return endian === 'big' ? registers : inRegisterOrder(registers);
  }
  const data = Buffer.alloc(DATA_LENGTH);
  block.encode(summarise({ ...pack }), data, endian);
  if (block === information) requestTimes(pack, board).copy(data, REQUEST_TIMES_AT);
  return data;
}
