import { privateInRecord } from '../jk-record/device-info';
import { RECORD_LENGTH, withSum } from '../jk-record/wire';
import { oneRange, type Privacy, type PrivateRange } from '../kit/privacy';
import { ASK_DEVICE_INFO, commandOf } from './wire';

const COMMAND_AT = 4;
const VALUE_AT = 6;
/** Writes the user's own text (jk-ble.md 10). */
const USER_DATA = 0x9f;

function written(request: Buffer): readonly PrivateRange[] {
  const said = commandOf(request);
  return said?.number === USER_DATA ? oneRange(VALUE_AT, VALUE_AT + said.value.length, 'text') : [];
}

export const privacy: Privacy = {
  sent: written,
  received: (frame) => (frame.length === RECORD_LENGTH ? privateInRecord(frame) : written(frame)),
  asksFor: (request) => (request[COMMAND_AT] === ASK_DEVICE_INFO ? 'text' : undefined),
  seal: withSum,
};
