import { derive } from '../../battery/derive';
import type { Reading } from '../../battery/reading';
import type { Endian } from '../fields';
import { DATA_LENGTH } from '../jk-record/record';
import type { Served } from '../protocol';
import { information, live, settings, type Block } from './blocks';
import { REFUSALS } from './refusal';
import {
  answer,
  hasCrc,
  LAST_ADDRESS,
  MASTER,
  READ,
  READ_LENGTH,
  refusalFrame,
  registers,
  trigger,
  WRITE_ONE,
} from './wire';

const BLOCKS: readonly Block[] = [live, settings, information];

/** More fail (jk-modbus 3). */
const MOST_REGISTERS = 120;
const SHORTEST = 4;

/**
 * The board's side, for the simulator: triggers and reads of registers. A board is silent on a wrong address or CRC,
 * and refuses writes of one register (jk-modbus 3); writes of several are none of this board's.
 * @param request bytes as they came over the line
 */
export function serve(request: Buffer): Served | undefined {
  if (request.length < SHORTEST || !hasCrc(request, 0, request.length)) return undefined;
  const address = request.readUInt8(0);
  if (address === MASTER || address > LAST_ADDRESS) return undefined;
  switch (request[1]) {
    case READ:
      if (request.length !== READ_LENGTH) return undefined;
      return serveRegisters(address, request.readUInt16BE(2), request.readUInt16BE(4));
    case WRITE_ONE:
      return refuse(address, WRITE_ONE, REFUSALS.register);
    default:
      return serveFrame(address, request);
  }
}

function serveFrame(address: number, request: Buffer): Served | undefined {
  const block = BLOCKS.find((entry) => trigger(address, entry.trigger).equals(request));
  return block && { address, answer: (pack) => answer(address, block.type, imageOf(block, pack, 'little')) };
}

function serveRegisters(address: number, register: number, count: number): Served {
  if (count === 0 || count > MOST_REGISTERS) return refuse(address, READ, REFUSALS.value);
  const end = register + 2 * count;
  const block = BLOCKS.find((entry) => register >= entry.register && end <= entry.register + entry.size);
  if (block === undefined) return refuse(address, READ, REFUSALS.register);
  const from = register - block.register;
  const cut = (pack: Reading): Buffer => imageOf(block, pack, 'big').subarray(from, from + 2 * count);
  return { address, answer: (pack) => registers(address, cut(pack)) };
}

function refuse(address: number, command: number, code: number): Served {
  return { address, answer: () => refusalFrame(address, command, code) };
}

function imageOf(block: Block, pack: Reading, endian: Endian): Buffer {
  const data = Buffer.alloc(DATA_LENGTH);
  block.encode(derive({ ...pack }), data, endian);
  return data;
}
