import { NotSentError, type BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { buildWriteRegisters, buildWriteResponse, matchWrite } from '../kit/modbus';
import type { Step } from '../protocol';
import type { JkModbusMemory } from './tables';
import { LAST_ADDRESS, MASTER, writeFrames } from './wire';

/**
 * Nothing is sent to a board that polls, nor to one beside it: requests would collide (jk-modbus.md 8).
 * @throws BmsError `unsupported`
 */
export function checkAlone(address: number, { hasMaster }: JkModbusMemory = {}): void {
  if (address === MASTER) {
    throw new NotSentError(
      'unsupported',
      say`A master (address 0) is only listened to; give the board an address from 1 to ${LAST_ADDRESS}, or use its app. Nothing was changed: nothing was sent.`,
    );
  }
  if (hasMaster === true) {
    throw new NotSentError(
      'unsupported',
      say`A master polls the bus, and a command would collide with its requests; take the master (address 0) off the bus, or use the app of the board. Nothing was changed: nothing was sent.`,
    );
  }
}

/** One write of whole registers. */
export interface Write {
  readonly register: number;
  readonly data: Buffer;
  /** for messages */
  readonly name: string;
  /** what a refusal with this code means */
  refused(code: number, name: string): BmsError;
}

/** The acknowledgement says only that the write was understood (jk-modbus.md 9). */
export function writeStep(address: number, { register, data, name, refused }: Write): Step {
  const response = buildWriteResponse(address, register, data.length / 2);
  return {
    name,
    request: buildWriteRegisters(address, register, data),
    isWrite: true,
    frames: writeFrames,
    match: (frame) => matchWrite(frame, response, (code) => refused(code, name)),
  };
}
