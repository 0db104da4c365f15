import { say } from '../../battery/sentence';
import * as modbus from '../kit/modbus';
import type { FrameFormat } from '../kit/framing';
import { MEANINGS, refusalOf, type RefusalTable } from '../kit/refusal';
import type { MatchResult } from '../protocol';

/*
 * Modbus RTU, but for the first byte: that of a request and that of its response differ (daly-modbus.md 1, 3). Boards are
 * silent to registers and values that they do not know; one driver expects the exceptions of Modbus.
 */

/** The first byte of requests and responses of boards without a board number: they have the D2 map (daly-modbus.md 1). */
export const D2 = 0xd2;

export const FIRST_BOARD = 1;
export const LAST_BOARD = 17;

/** Board n is asked at 80 + n and answers from 50 + n (daly-modbus.md 1). */
const REQUEST_BASE = 0x80;
const RESPONSE_BASE = 0x50;

/** The first byte of requests to a board, and of its responses. */
export interface Station {
  readonly request: number;
  readonly response: number;
}

export const d2Station: Station = { request: D2, response: D2 };

/** @param board from 1 to 17 */
export function boardStation(board: number): Station {
  return { request: REQUEST_BASE + board, response: RESPONSE_BASE + board };
}

/** The board that is asked with this first byte: its number, which is undefined for D2. @returns undefined for none */
export function boardAsked(first: number): { board: number | undefined; station: Station } | undefined {
  if (first === D2) return { board: undefined, station: d2Station };
  const board = first - REQUEST_BASE;
  return board < FIRST_BOARD || board > LAST_BOARD ? undefined : { board, station: boardStation(board) };
}

function isUnit(first: number): boolean {
  return first === D2 || (first >= RESPONSE_BASE + FIRST_BOARD && first <= RESPONSE_BASE + LAST_BOARD);
}

/** Responses to reads. The echo of a request is none: its third byte, the upper one of a register, is no even size. */
export const frames: FrameFormat = modbus.modbusFrames({ isUnit, functions: [modbus.MODBUS.readHoldingRegisters] });

/** Responses to writes of one register. */
export const writeFrames: FrameFormat = modbus.modbusFrames({ isUnit, functions: [modbus.MODBUS.writeRegister] });

/** Whether a frame comes from a D2 board. */
export function isFromD2(frame: Buffer): boolean {
  return modbus.unitOf(frame) === D2;
}

export function buildRead({ request }: Station, start: number, count: number): Buffer {
  return modbus.buildRead(request, modbus.MODBUS.readHoldingRegisters, start, count);
}

export function buildWrite({ request }: Station, register: number, value: number): Buffer {
  return modbus.buildWriteRegister(request, register, value);
}

/** For the emulator: the response that brings these registers. */
export function buildReadResponse({ response }: Station, data: Buffer): Buffer {
  return modbus.buildReadResponse(response, modbus.MODBUS.readHoldingRegisters, data);
}

/** For the emulator: the response of a board that has understood a write. */
export function buildWriteResponse({ response }: Station, register: number, value: number): Buffer {
  return modbus.buildWriteRegister(response, register, value);
}

const READ_REFUSALS: RefusalTable = { 1: MEANINGS.unknown, 2: MEANINGS.unknown, 3: MEANINGS.unknown };
/** A write may take longer than a read (daly-modbus.md 10), ms. */
export const WRITE_TIMEOUT_MS = 4000;

const WRITE_REFUSALS: RefusalTable = { 1: MEANINGS.writeUnknown, 2: MEANINGS.writeUnknown, 3: MEANINGS.writeValue };

const noSetting: RefusalTable[number] = (name) => [
  'unsupported',
  say`The board does not have ${name}. Nothing was written.`,
];

/** What a board means that refuses a setting. */
export const SETTING_REFUSALS: RefusalTable = {
  1: noSetting,
  2: noSetting,
  3: (name) => ['bad_value', say`The board does not take this value for ${name}. It was not written.`],
};

/**
 * Matches a frame with a read. A response does not say which registers it brings, only how many bytes they are
 * (daly-modbus.md 3).
 * @param counts how many registers may come; @param name of what was asked, for messages
 */
export function matchRead(frame: Buffer, station: Station, counts: readonly number[], name: string): MatchResult {
  const expected = {
    unit: station.response,
    func: modbus.MODBUS.readHoldingRegisters,
    sizes: counts.map((count) => 2 * count),
  };
  return modbus.matchRead(frame, expected, (code) => refusalOf(READ_REFUSALS, code, name));
}

/**
 * Matches a frame with a write. A D2 board answers with the bytes of the request, so that the echo of a half-duplex line
 * looks the same: only what is read back proves anything (daly-modbus.md 7).
 * @param name of the register, for messages
 * @param refusals what its codes mean; that nothing was switched, where it is missing
 */
export function matchWrite(
  frame: Buffer,
  station: Station,
  { register, value, name }: { register: number; value: number; name: string },
  refusals: RefusalTable = WRITE_REFUSALS,
): MatchResult {
  const response = buildWriteResponse(station, register, value);
  return modbus.matchWrite(frame, response, (code) => refusalOf(refusals, code, name));
}
