import { say } from '../../battery/sentence';
import { CELL_MAX } from '../../battery/plausible';
import type { Reading } from '../../battery/reading';
import { RECORDS } from '../jk-record/wire';
import { malformed } from '../kit/malformed';
import type { Decoded, Script, Step, Target } from '../protocol';
import { LAYOUTS, type JkBleMemory, type Variant } from './variant';
import { ASK_CELL_INFO, command, isAcknowledgement, isRecord } from './wire';

const isSettings = (frame: Buffer): boolean => isRecord(frame, RECORDS.settings);
const isCellInfo = (frame: Buffer): boolean => isRecord(frame, RECORDS.cellInfo);

/**
 * Asks for the settings, which a board sends only then, in the midst of the cell records that it sends by itself. The
 * acknowledgement that follows carries nothing, but must not be taken for that of the next command; where it stays away,
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
const askSettingsAndCells: Step = ask(true);

/** What is switched on and off. @param parts the answer to one of the steps above: the settings come first */
export function switchesIn([settings]: readonly Buffer[], variant: Variant): Reading {
  const reading: Reading = {};
  if (settings !== undefined) LAYOUTS[variant].decodeSwitches(settings, reading);
  return reading;
}

/** Reads what is switched on and off. */
export function* readSwitches(variant: Variant): Script<Decoded<JkBleMemory>> {
  return { reading: switchesIn(yield askSettings, variant) };
}

/** An eight-bit sum lets damage pass, which then may show in the cells: such a record proves no switch. */
function checkCells(cells: readonly number[] = []): void {
  // NaN is wrong too.
  const wrong = cells.findIndex((voltage) => !(voltage <= CELL_MAX));
  if (wrong >= 0) throw malformed(askSettings.name, say`cell ${wrong + 1} has ${cells[wrong] ?? 0} V`);
}

/** Reads the same, and what the MOSFETs do. @throws BmsError `malformed` when the cells cannot be true */
export function* readSwitchesAndMosfets(
  variant: Variant,
  { memory }: Target<JkBleMemory>,
): Script<Decoded<JkBleMemory>> {
  const parts = yield askSettingsAndCells;
  const cells = parts.filter(isCellInfo).at(-1);
  const reading: Reading = cells === undefined ? {} : LAYOUTS[variant].decodeCells(cells, memory);
  checkCells(reading.cellVoltages);
  return { reading: { ...reading, ...switchesIn(parts, variant) } };
}
