import { BmsError } from '../../battery/errors';
import { at, NOT_IMPLEMENTED } from './registers';

/*
 * Well-formed answers that cannot be true (daly-modbus.md 9). They are refused as a whole, never shown in part.
 */

const SOC_MAX = 1000;

function refuse(name: string, why: string): never {
  throw new BmsError('malformed', `The answer to ${name} cannot be true: ${why}. Check the wiring and wake the board.`);
}

/** @throws BmsError `malformed` */
export function checkLength(name: string, data: Buffer, registers: number): void {
  if (data.length < at(registers)) refuse(name, `it has only ${data.length} bytes`);
}

/** @throws BmsError `malformed` for a board without cells, or with more than its map has room for */
export function checkCellCount(name: string, count: number, most: number): void {
  if (count === 0 || count > most) refuse(name, `${count} cells`);
}

/**
 * Checks voltage, current and SOC, which follow each other.
 * @param first the register of the voltage
 * @throws BmsError `malformed` when the board does not measure, or measures the impossible
 */
export function checkPack(name: string, data: Buffer, first: number): void {
  if (data.readUInt16BE(at(first)) === 0) refuse(name, 'the voltage is 0 V');
  if (data.readUInt16BE(at(first + 1)) === 0) refuse(name, 'there is no current measurement');
  const soc = data.readUInt16BE(at(first + 2));
  if (soc > SOC_MAX && soc !== NOT_IMPLEMENTED) refuse(name, `a state of charge of ${soc / 10} %`);
}
