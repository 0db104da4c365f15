import { BmsError } from '../../battery/errors';
import { CELL_MAX } from '../../battery/plausible';
import type { Reading } from '../../battery/reading';
import { dataOf, RECORDS } from '../jk-record/record';
import {
  decodeSwitchBits,
  decodeSwitches,
  encodeSwitchBits,
  encodeSwitches,
  withHeating,
  type Switches,
} from '../jk-record/switches';
import type { Decoded, Memory, Script, Step, Target } from '../untyped';
import { layoutOf, VARIANTS, type Variant } from './variant';
import { ASK_CELL_INFO, command, isAcknowledgement, isRecord } from './wire';

/** The switch of a balancer, one byte of record 01 (jk-ble.md 9.2). */
const JK04_BALANCER_AT = 114;

function decode(record: Buffer, variant: Variant): Memory {
  if (variant === VARIANTS.jk04) return { balancing: record.readUInt8(JK04_BALANCER_AT) };
  const data = dataOf(record);
  const memory = decodeSwitches(data, 'little');
  return variant === VARIANTS.jk02For32 ? { ...memory, ...decodeSwitchBits(data, 'little') } : memory;
}

/** Fills the switches of record 01 of a board of this variant. */
export function encodeSettingsSwitches(switches: Switches, record: Buffer, variant: Variant): void {
  if (variant === VARIANTS.jk04) {
    record.writeUInt8(Number(switches.balancing), JK04_BALANCER_AT);
    return;
  }
  const data = dataOf(record);
  encodeSwitches(switches, data, 'little');
  if (variant === VARIANTS.jk02For32) encodeSwitchBits(withHeating(0, switches.heating), data, 'little');
}

const isSettings = (frame: Buffer): boolean => isRecord(frame, RECORDS.settings);
const isCellInfo = (frame: Buffer): boolean => isRecord(frame, RECORDS.cellInfo);

/**
 * Asks for the settings, which a board sends only then, in the midst of the cell records that it sends by itself. The
 * acknowledgement that follows tells nothing, but must not be taken for that of the next command; where it stays away,
 * the second cell record shows that it will not come (jk-ble.md 2, 3).
 * @param withCells whether a cell record behind the settings is needed too
 */
function ask(withCells: boolean): Step {
  return {
    name: 'settings (96)',
    request: command(ASK_CELL_INFO),
    isWrite: false,
    match(frame, parts) {
      if (isSettings(frame)) return parts.length === 0 ? 'part' : 'foreign';
      const isWanted = isCellInfo(frame) || (isAcknowledgement(frame) && !parts.some(isAcknowledgement));
      if (parts.length === 0 || !isWanted) return 'foreign';
      const all = [...parts, frame];
      const cells = all.filter(isCellInfo).length;
      const isEnough = all.some(isAcknowledgement) && (cells > 0 || !withCells);
      return isEnough || cells > 1 ? 'complete' : 'part';
    },
  };
}

/** The request for the settings alone. */
export const askSettings: Step = ask(false);

/** What is switched on and off, as memory for `switchOf`. @param parts the answer to `askSettings` */
export function switchFacts([settings]: readonly Buffer[], variant: Variant): Memory {
  return settings === undefined ? {} : decode(settings, variant);
}

/** Reads what is switched on and off, as memory for `switchOf`. */
export function* readSwitches(variant: Variant): Script<Decoded> {
  return { reading: {}, memory: switchFacts(yield askSettings, variant) };
}

/** A sum of eight bits lets damage pass, which then may show in the cells: a switch is not proved by such a record. */
function checkCells(cells: readonly number[] = []): void {
  // NaN is wrong too.
  const wrong = cells.findIndex((voltage) => !(voltage <= CELL_MAX));
  if (wrong < 0) return;
  const message = `The cell information of the device cannot be true: ${cells[wrong]} V at cell ${wrong + 1}. Read again.`;
  throw new BmsError('malformed', message);
}

/** Reads the same, and what the MOSFETs do. @throws BmsError `malformed` when the cells cannot be true */
export function* readSwitchesAndMosfets(variant: Variant, { memory }: Target): Script<Decoded> {
  const parts = yield ask(true);
  const [settings] = parts;
  const cells = parts.filter(isCellInfo).at(-1);
  const reading: Reading = cells === undefined ? {} : layoutOf(variant).decode(cells, memory);
  checkCells(reading.cellVoltages);
  return { reading, memory: settings === undefined ? {} : decode(settings, variant) };
}
