import type { ActionValue } from '../../battery/action';
import { MODBUS, parseRequest, type ModbusRequest } from '../kit/modbus';
import type { EmulatedResponse } from '../protocol';
import { ROWS } from './actions';
import { isWritten, keepRegister } from './emulated-settings';
import { ANY } from './memory';
import { at, NOT_IMPLEMENTED } from './tables';
import { d2 } from './variants/d2';
import { p81 } from './variants/p81';
import { boardAsked, buildReadResponse, buildWriteResponse, type Station } from './wire';

/**
 * The board's side, for the simulator. Any part of a block may be asked; registers and values that the board does not have are
 * met with silence (daly-modbus.md 3).
 * @param request bytes as they came over the line
 * @returns undefined when they are no whole, valid request for what a board has
 */
export function emulate(request: Buffer): EmulatedResponse | undefined {
  const asked = parseRequest(request);
  const found = asked && boardAsked(asked.unit);
  if (asked === undefined || found === undefined) return undefined;
  const { board, station } = found;
  const response = emulateRead(asked, board, station) ?? emulateWrite(asked, board, station);
  return response && { address: board ?? ANY, answer: response };
}

type Answer = EmulatedResponse['answer'];

function emulateRead(asked: ModbusRequest, board: number | undefined, station: Station): Answer | undefined {
  const { func, register: start, count } = asked;
  if (func !== MODBUS.readHoldingRegisters || count === 0) return undefined;
  const { blocks } = board === undefined ? d2 : p81;
  const block = blocks.find((entry) => start >= entry.start && start + count <= entry.start + entry.count);
  if (block === undefined) return undefined;
  const from = at(start - block.start);
  return (pack, side) => {
    const data = Buffer.alloc(at(block.count), NOT_IMPLEMENTED & 0xff);
    block.encode(pack, data, -at(block.start), side);
    return buildReadResponse(station, data.subarray(from, from + at(count)));
  };
}

const SOC_MAX = 1000;

/** What a written value means; undefined for one that a board does not take. */
const MEANINGS: Readonly<Record<(typeof ROWS)[number]['takes'], (raw: number) => ActionValue | undefined>> = {
  switch: (raw) => (raw <= 1 ? raw === 1 : undefined),
  number: (raw) => (raw <= SOC_MAX ? raw / 10 : undefined),
  command: (raw) => (raw === 1 ? true : undefined),
};

function emulateWrite(asked: ModbusRequest, board: number | undefined, station: Station): Answer | undefined {
  const { func, register, data } = asked;
  if (func !== MODBUS.writeRegister) return undefined;
  const { settings } = board === undefined ? d2 : p81;
  const row = ROWS.find(({ to }) => (board === undefined ? to.d2 : to.p81) === register);
  const raw = data.readUInt16BE(0);
  const value = row && MEANINGS[row.takes](raw);
  if (value === undefined && !isWritten(settings, register)) return undefined;
  return (pack, side) => {
    if (side === undefined) return Buffer.alloc(0);
    if (row !== undefined && value !== undefined) side.execute(row.name, value);
    // The register of the SOC shows what was written last (daly-modbus.md 4.3).
    keepRegister(settings, register, raw, pack, side);
    return buildWriteResponse(station, register, raw);
  };
}
