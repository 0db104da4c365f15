import type { Reading } from '../../battery/reading';
import { layout, number } from '../kit/fields';

/*
 * What the user has switched, and what the board sees at its terminals: in bits of the protection and warning words, and
 * in an extension behind the core of the status, which only newer firmware has (ant.md 5, 6).
 */

/** Offsets of bytes in the status. */
const CHARGE_OFF = { at: 6, bit: 1 << 5 };
const DISCHARGE_OFF = { at: 6, bit: 1 << 1 };
/** a charger that speaks, or shows in the current */
const CHARGER_SEEN = { at: 14, bits: 0b111 << 4 };
const ANT_CHARGER_SEEN = { at: 18, bits: 1 << 2 };

/** Bytes of the two extensions that were seen: shorter ones are something else. */
const SHORT_EXTENSION = 14;
export const LONG_EXTENSION = 24;
const CHARGER_STATE_AT = 22;
const CONNECTED = 1 << 15;

/** Offsets in the extension. */
const extension = layout<Reading>([number(4, 'u32', 'timeSinceCharge')], 'little');

/** @param charge code of its MOSFET; @param byHand the code for one that was switched off */
export function decodeSwitchBits(
  data: Buffer,
  codes: { charge: number; discharge: number },
  byHand: number,
  into: Reading,
): void {
  const chargeOff = (data.readUInt8(CHARGE_OFF.at) & CHARGE_OFF.bit) !== 0;
  const dischargeOff = (data.readUInt8(DISCHARGE_OFF.at) & DISCHARGE_OFF.bit) !== 0;
  into.chargeSwitch = !chargeOff && codes.charge !== byHand;
  into.dischargeSwitch = !dischargeOff && codes.discharge !== byHand;
}

/** @param at where the core ends */
export function decodeConnections(data: Buffer, at: number, into: Reading): void {
  const extra = data.length - at;
  if (extra >= SHORT_EXTENSION) extension.decode(data, into, at);
  if (extra >= LONG_EXTENSION) {
    into.chargerConnected = (data.readUInt16LE(at + CHARGER_STATE_AT) & CONNECTED) !== 0;
  }
  // A bit that is not set says nothing on boards that do not look.
  const seen = (data.readUInt8(CHARGER_SEEN.at) & CHARGER_SEEN.bits) !== 0;
  if (seen || (data.readUInt8(ANT_CHARGER_SEEN.at) & ANT_CHARGER_SEEN.bits) !== 0) into.chargerConnected = true;
}

/** Sets the bits of what its user has switched off. */
export function encodeSwitchBits({ chargeSwitch, dischargeSwitch }: Reading, data: Buffer): void {
  let bits = data.readUInt8(CHARGE_OFF.at);
  if (chargeSwitch === false) bits |= CHARGE_OFF.bit;
  if (dischargeSwitch === false) bits |= DISCHARGE_OFF.bit;
  data.writeUInt8(bits, CHARGE_OFF.at);
}

/** The extension of a board in this state; nothing, where it has nothing to tell in it. */
export function encodeConnections(pack: Reading): Buffer {
  if (pack.timeSinceCharge === undefined || pack.chargerConnected === undefined) return Buffer.alloc(0);
  const data = Buffer.alloc(LONG_EXTENSION);
  extension.encode(pack, data);
  data.writeUInt16LE(pack.chargerConnected ? CONNECTED : 0, CHARGER_STATE_AT);
  return data;
}
