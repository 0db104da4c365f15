import { shownValue } from '../../battery/quoted';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import type { SettingsDocument } from '../../codec/settings/document';
import type { WantedSettings } from '../../codec/settings/parse-document';
import type { SettingsAction } from './requests';

/*
 * Whether a document was taken of the board that it is to be written to, as far as both tell.
 */

/** What is of one kind of board alone. */
const OF_ITS_KIND = ['protocol', 'variant', 'model', 'softwareVersion'] as const;

/** Whether the settings are those of this very board: what they hold of its structure may be written. */
export function isOwn(wanted: WantedSettings, present: SettingsDocument, action: SettingsAction): boolean {
  if (wanted.kind === 'keys') return true;
  const { document } = wanted;
  if (differencesOfBoards(document, present).length > 0) return false;
  return (
    action === 'restore' || (document.serialNumber !== undefined && document.serialNumber === present.serialNumber)
  );
}

/** In what a document is of another board than it should be; undefined when nothing shows it. */
export function boardReason(
  wanted: WantedSettings,
  present: SettingsDocument,
  action: SettingsAction,
): Sentence | undefined {
  if (wanted.kind === 'keys') return undefined;
  const { document } = wanted;
  const differences = [
    ...OF_ITS_KIND.flatMap((key) => difference(key, document[key], present[key])),
    // What is written may be that of a sister pack; what is restored, no.
    ...(action === 'restore' ? differencesOfBoards(document, present) : []),
  ];
  return differences.length === 0
    ? undefined
    : say`The settings are those of another board, or of another firmware: ${sequenceOf(differences)}`;
}

/** Whether nothing shows that a document was taken of another board. */
export function isTakenOf(document: SettingsDocument, present: SettingsDocument): boolean {
  return document.protocol === present.protocol && differencesOfBoards(document, present).length === 0;
}

function differencesOfBoards(document: SettingsDocument, present: SettingsDocument): Sentence[] {
  const keys = Object.keys(document.identity) as (keyof SettingsDocument['identity'])[];
  return [
    ...difference('serialNumber', document.serialNumber, present.serialNumber),
    ...keys.flatMap((key) => difference(key, document.identity[key], present.identity[key])),
  ];
}

function difference(key: string, there: unknown, here: unknown): Sentence[] {
  if (there === undefined || here === undefined || there === here) return [];
  return [say`${key} is ${shownValue(here)} here, ${shownValue(there)} there.`];
}
