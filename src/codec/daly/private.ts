import { sum } from '../kit/checksum';
import { oneRange, type Privacy } from '../kit/privacy';
import { DATA_AT } from './wire';

const ID_AT = 2;
/** The battery code, which often is a serial number: seven characters behind the number of the frame (daly.md 7). */
const BATTERY_CODE = 0x57;

/** Boards check no password over the wire (daly.md 7). */
export const privacy: Privacy = {
  sent: () => [],
  received: (frame) => (frame[ID_AT] === BATTERY_CODE ? oneRange(DATA_AT + 1, frame.length - 1, 'text') : []),
  asksFor: (request) => (request[ID_AT] === BATTERY_CODE ? 'text' : undefined),
  seal(frame) {
    const sumAt = frame.length - 1;
    frame[sumAt] = sum(frame, 0, sumAt) & 0xff;
  },
};
