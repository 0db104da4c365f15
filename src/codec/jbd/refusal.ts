import { BmsError } from '../../battery/errors';

/**
 * What a status other than 00 means to somebody who reads (jbd 3).
 * @param status second byte of the reply's header
 * @param name of the register that was asked
 */
export function refusal(status: number, name: string): BmsError {
  switch (status) {
    case 0x80:
      return new BmsError('unsupported', `The board does not know ${name}; check whether the protocol fits the board.`);
    case 0x81:
      return new BmsError('rejected', `The board refuses ${name} for now; close other apps that use it and ask again.`);
    case 0x82:
      return new BmsError('checksum', `The request for ${name} reached the board damaged; check wiring and baud rate.`);
    case 0x83:
      return new BmsError('denied', `The board is locked and refuses ${name}; enter its password in the device.`);
    default: {
      const code = status.toString(16).padStart(2, '0');
      return new BmsError(
        'rejected',
        `The board refuses ${name} with status ${code}; restart the board and ask again.`,
      );
    }
  }
}
