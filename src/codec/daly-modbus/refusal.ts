import { BmsError } from '../../battery/errors';

const UNKNOWN_FUNCTION = 1;
const UNKNOWN_REGISTER = 2;
const UNKNOWN_COUNT = 3;

/**
 * What a refusal means to somebody who reads. The vendor's sheet has none and boards stay silent instead; one driver
 * expects the codes of Modbus (daly-modbus.md 3).
 * @param name of the registers that were asked
 */
export function refusal(code: number, name: string): BmsError {
  if (code === UNKNOWN_FUNCTION || code === UNKNOWN_REGISTER || code === UNKNOWN_COUNT) {
    return new BmsError('unsupported', `The board does not know ${name}; check whether the protocol fits the board.`);
  }
  return new BmsError('rejected', `The board refuses ${name} with code ${code}; wake or restart it and ask again.`);
}
