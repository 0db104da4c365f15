import { say, type Sentence } from '../battery/sentence';
import type { LineKind } from './line-needs';

/** What to look at, by the kind of line, in the middle of a sentence that begins with "check". */
interface Advice {
  /** where answers come damaged */
  damage: Sentence;
  /** where none comes from a board that may be awake */
  silence: Sentence;
  /** where none comes in any protocol */
  absence: Sentence;
  /** what it looks like when the line is lost again and again: a sentence without its beginning */
  falls: Sentence;
}

const SERIAL: Advice = {
  damage: say`the cable, its ground and its length`,
  silence: say`the wiring, the baud rate`,
  absence: say`that it is awake and the wiring`,
  falls: say`its plug is loose, or the adapter restarts`,
};

const RAW = say`that the bridge is in raw (transparent) mode with the serial settings of the board`;

const BRIDGE_FALLS = say`another host uses this bridge, or it restarts`;

/** A bridge that only passes bytes on. */
const RAW_BRIDGE: Advice = {
  damage: say`the wires between bridge and board, and ${RAW}`,
  silence: say`its wires to the bridge, ${RAW}`,
  absence: say`that it is awake, its wires to the bridge, and ${RAW}`,
  falls: BRIDGE_FALLS,
};

/** A bridge whose rate is set from here. */
const SET_BRIDGE: Advice = {
  damage: say`the wires between bridge and board`,
  silence: say`its wires to the bridge`,
  absence: say`that it is awake and its wires to the bridge`,
  falls: BRIDGE_FALLS,
};

const RADIO: Advice = {
  damage: say`that it is near enough`,
  silence: say`that no phone is connected to it`,
  absence: say`that it is awake`,
  falls: say`it is at the edge of its range, or another host connects to it`,
};

/** What a user can look at on a kind of line when nothing, or nothing whole, comes. */
export function adviceFor({ isRadio, isNetwork, hasOwnRate }: LineKind): Advice {
  if (isRadio === true) return RADIO;
  if (isNetwork !== true) return SERIAL;
  return hasOwnRate === true ? RAW_BRIDGE : SET_BRIDGE;
}
