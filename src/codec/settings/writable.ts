import { BmsError, toBmsError, type ErrorCode } from '../../battery/errors';
import { shownValue } from '../../battery/quoted';
import { say, type Sentence } from '../../battery/sentence';
import { CLASS_POLICIES } from '../../battery/settings/classes';
import { settingInfo, type SettingKey, type SettingValue, type SettingValues } from '../../battery/settings/vocabulary';
import type { Parameter, SettingsImage } from '../parameter';
import { imageWith, isHeld, parametersByKey, sameSetting, type BoardSettings } from './board-settings';
import { valuesOfDocument } from './compare';
import { imageOfDocument } from './document';
import type { WantedSettings } from './parse-document';
import { refusalOf, type WritePermission } from './permission';

/** What shall be written to a board, and what its user allows. */
export interface PlanInput {
  readonly board: BoardSettings;
  readonly wanted: WantedSettings;
  readonly permission: WritePermission;
  /** whether a document was taken of this very board; of another one only what may be copied is written */
  readonly isOwn: boolean;
}

/** A setting that the board shall hold, and that may be written. */
export interface WritableSetting {
  readonly parameter: Parameter;
  /** as it was asked for */
  readonly value: SettingValue;
  /** see `Parameter.encode` */
  readonly wasHeld?: boolean;
}

/** A setting that is not written, and why. */
export interface RefusedSetting {
  readonly key: SettingKey;
  readonly code: ErrorCode;
  readonly reason: Sentence;
}

export interface SortedSettings {
  readonly writable: readonly WritableSetting[];
  readonly refused: readonly RefusedSetting[];
  /** what of a document is left out though the board holds something else */
  readonly notes: readonly Sentence[];
}

/** Sorts what is wanted: what may be written, what is refused, what is left out. What the board holds already is not refused. */
export function sortWanted({ board, wanted, permission, isOwn }: PlanInput): SortedSettings {
  const isDocument = wanted.kind === 'document';
  const parameters = parametersByKey(board);
  const held = heldBefore({ board, wanted, isOwn });
  const writable: WritableSetting[] = [];
  const refused: RefusedSetting[] = [];
  const notes: Sentence[] = [];
  for (const [key, value] of entriesOf(isDocument ? valuesOfDocument(wanted.document) : wanted.values)) {
    if (isDocument && isOfThatBoardAlone(key, isOwn)) continue;
    const parameter = parameters.get(key);
    const refusal = refusalOf(key, parameter, board.access, permission) ?? refusalOfUnknown(parameter, board.image);
    const isLeftOut = isDocument && (refusal?.code === 'unsupported' || parameter?.access === 'named');
    const mayStay = parameter !== undefined && isHeld(parameter, value, board.image);
    if (mayStay && (isLeftOut || refusal !== undefined)) continue;
    if (isLeftOut) notes.push(leftOut(key));
    else if (refusal !== undefined) refused.push({ key, code: refusal.code, reason: refusal.sentence });
    else if (parameter !== undefined)
      writable.push({ parameter, value, wasHeld: sameSetting(parameter.decode(held), value) });
  }
  return { writable, refused, notes };
}

/** What the board held when a document was taken of it; nothing where the document is another's, or there is none. */
export function heldBefore({ board, wanted, isOwn }: Omit<PlanInput, 'permission'>): SettingsImage {
  return isOwn && wanted.kind === 'document' ? imageOfDocument(wanted.document, board.image) : new Map();
}

function entriesOf(values: SettingValues): [SettingKey, SettingValue][] {
  return Object.entries(values) as [SettingKey, SettingValue][];
}

function isOfThatBoardAlone(key: SettingKey, isOwn: boolean): boolean {
  const { level, isCopied } = CLASS_POLICIES[settingInfo(key).class];
  return level === undefined || (!isOwn && !isCopied);
}

/** What the board does not show could not be put back. */
function refusalOfUnknown(parameter: Parameter | undefined, image: SettingsImage): BmsError | undefined {
  if (parameter === undefined || parameter.decode(image) !== undefined) return undefined;
  return new BmsError(
    'unsupported',
    say`The board does not show what ${parameter.key} is now, so it could not be put back. Nothing was written.`,
  );
}

function leftOut(key: SettingKey): Sentence {
  return say`${key} is left out: this board has no such setting, or it is not written from a file.`;
}

/**
 * The image of the board with some settings in it. Settings may stand in one number, or one give another its scale: it takes a
 * second pass to put right what a later setting has moved.
 * @returns also those that the board cannot hold, or not together with the others
 */
export function fulfilled(
  image: SettingsImage,
  writable: readonly WritableSetting[],
): { image: SettingsImage; refused: RefusedSetting[] } {
  const refused = new Map<WritableSetting, RefusedSetting>();
  let result = image;
  for (const setting of [...writable, ...writable]) {
    try {
      if (!isHeld(setting.parameter, setting.value, result)) {
        result = imageWith(result, setting.parameter, setting.value, setting.wasHeld);
      }
      refused.delete(setting);
    } catch (thrown) {
      const { code, sentence } = toBmsError(thrown);
      refused.set(setting, { key: setting.parameter.key, code, reason: sentence });
    }
  }
  for (const setting of writable) {
    const isMissed = !refused.has(setting) && !isHeld(setting.parameter, setting.value, result);
    if (isMissed) refused.set(setting, contradicted(setting));
  }
  return { image: result, refused: [...refused.values()] };
}

function contradicted({ parameter: { key }, value }: WritableSetting): RefusedSetting {
  const reason = say`${key} cannot be ${shownValue(value)} together with the other settings. Nothing was written.`;
  return { key, code: 'bad_value', reason };
}
