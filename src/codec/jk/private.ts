import { sum } from '../kit/checksum';
import { oneRange, type Privacy, type PrivateRange } from '../kit/privacy';
import { walk } from './walk';
import { COMMANDS, commandOf, frames, informationOf } from './wire';

const INFORMATION_AT = 11;
/** record number, end byte and checksum */
const TRAILER = 9;
const SUM_LENGTH = 4;

/**
 * By id: password of the settings, device id, and the user's own text in front of the model. All of it comes in clear
 * text with every answer (jk.md 5, 11).
 */
const PRIVATE_LENGTHS: Readonly<Record<number, number>> = { 0xb2: 10, 0xb4: 8, 0xba: 12 };

function ofFrame(frame: Buffer): readonly PrivateRange[] {
  const ranges: PrivateRange[] = [];
  const end = frame.length - TRAILER;
  const add = (id: number, at: number): void => {
    const from = INFORMATION_AT + at;
    ranges.push(...oneRange(from, Math.min(from + (PRIVATE_LENGTHS[id] ?? 0), end), 'text'));
  };
  let known = 0;
  const information = informationOf(frame);
  const isWhole = walk(information, ({ id, lengthOf }, at) => {
    add(id, at);
    known = at + lengthOf(information, at);
  });
  // Behind an id that nothing is known of there may be a password as well.
  return isWhole ? ranges : [...ranges, ...oneRange(INFORMATION_AT + known, end, 'text')];
}

/** A password is sent as an id with data (jk.md 9). */
function ofRequest(request: Buffer): readonly PrivateRange[] {
  if (frames.measure(request, 0, request.length) !== request.length) return [];
  if (commandOf(request) !== COMMANDS.password) return ofFrame(request);
  return oneRange(INFORMATION_AT + 1, request.length - TRAILER, 'bytes');
}

export const privacy: Privacy = {
  sent: ofRequest,
  received: (frame) => (commandOf(frame) === COMMANDS.password ? ofRequest(frame) : ofFrame(frame)),
  asksFor: () => 'text',
  seal(frame) {
    const sumAt = frame.length - SUM_LENGTH;
    frame.writeUInt32BE(sum(frame, 0, sumAt) & 0xffff, sumAt);
  },
};
