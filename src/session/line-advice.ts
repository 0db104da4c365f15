import type { LineKind } from './line-needs';

/** What to look at, by the kind of line, in the middle of a sentence that begins with "check". */
interface Advice {
  /** where answers come damaged */
  damage: string;
  /** where none comes from a board that may be awake */
  silence: string;
  /** where none comes in any protocol */
  nobody: string;
  /** what it looks like when the line is lost again and again: a sentence without its beginning */
  falls: string;
}

const SERIAL: Advice = {
  damage: 'the cable, its ground and its length',
  silence: 'the wiring, the baud rate',
  nobody: 'that it is awake and the wiring',
  falls: 'its plug is loose, or the adapter restarts',
};

const RAW = 'that the bridge is in raw (transparent) mode with the serial settings of the board';

const BRIDGE_FALLS = 'something else uses this bridge, or it restarts';

/** A bridge that only passes bytes on. */
const RAW_BRIDGE: Advice = {
  damage: `the wires between bridge and board, and ${RAW}`,
  silence: `its wires to the bridge, ${RAW}`,
  nobody: `that it is awake, its wires to the bridge, and ${RAW}`,
  falls: BRIDGE_FALLS,
};

/** A bridge whose rate is set from here. */
const SET_BRIDGE: Advice = {
  damage: 'the wires between bridge and board',
  silence: 'its wires to the bridge',
  nobody: 'that it is awake and its wires to the bridge',
  falls: BRIDGE_FALLS,
};

const RADIO: Advice = {
  damage: 'that it is near enough',
  silence: 'that no phone is connected to it',
  nobody: 'that it is awake',
  falls: 'it is at the edge of its range, or another host connects to it',
};

/** What a user can look at on a kind of line when nothing, or nothing whole, comes. */
export function adviceFor({ isRadio, isNetwork, hasOwnRate }: LineKind): Advice {
  if (isRadio === true) return RADIO;
  if (isNetwork !== true) return SERIAL;
  return hasOwnRate === true ? RAW_BRIDGE : SET_BRIDGE;
}
