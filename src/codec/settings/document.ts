import { CLASS_POLICIES, type ClassPolicy } from '../../battery/settings/classes';
import { settingInfo, type SettingClass, type SettingValues } from '../../battery/settings/vocabulary';
import type { SettingsBlock, SettingsImage } from '../parameter';
import { parametersByKey, valuesIn, type BoardSettings } from './board-settings';

/** What a settings document begins with. */
export const SETTINGS_FORMAT = 'openbms-settings/1';

/** The parts of a settings document that hold settings, by their classes. */
export const DOCUMENT_PARTS = ['settings', 'identity', 'calibration', 'link', 'state'] as const;

/** See `DOCUMENT_PARTS`. */
export type DocumentPart = (typeof DOCUMENT_PARTS)[number];

/** Of which board a document is, and of when; what is not known is missing. */
export interface SettingsHeader {
  /** ms since the epoch */
  readonly taken?: number;
  /** the name that the user gave it */
  readonly device?: string;
  /** see `ProtocolId` */
  readonly protocol?: string;
  readonly variant?: string;
  readonly model?: string;
  readonly softwareVersion?: string;
  readonly serialNumber?: string;
  readonly cellCount?: number;
}

/**
 * All settings of a board, as they are kept in a file. Secrets are never in it. Keys, units and classes:
 * settings-vocabulary.md 1 and 3.
 */
export interface SettingsDocument extends SettingsHeader, Readonly<Record<DocumentPart, SettingValues>> {
  readonly format: typeof SETTINGS_FORMAT;
  /** the blocks as the board sent them, in hexadecimal; what is secret is 00 */
  readonly raw: Readonly<Record<string, string>>;
}

/** The part of a document to which the settings of a class belong; undefined: they are never in one. */
export function partOfClass(settingClass: SettingClass): DocumentPart | undefined {
  const policy: ClassPolicy = CLASS_POLICIES[settingClass];
  return policy.part;
}

/** The document of a board that was read. */
export function documentOf(board: BoardSettings, header: SettingsHeader = {}): SettingsDocument {
  const parts: Record<DocumentPart, SettingValues> = {
    settings: {},
    identity: {},
    calibration: {},
    link: {},
    state: {},
  };
  for (const parameter of parametersByKey(board).values()) {
    const part = partOfClass(settingInfo(parameter.key).class);
    if (part !== undefined) Object.assign(parts[part], valuesIn(board.image, [parameter]));
  }
  return { format: SETTINGS_FORMAT, ...header, ...parts, raw: rawOf(board.access.blocks(board.target), board.image) };
}

function rawOf(blocks: readonly SettingsBlock[], image: SettingsImage): Record<string, string> {
  const known = new Map(blocks.map((block) => [block.id, block]));
  return Object.fromEntries(
    [...image].flatMap(([id, data]) => {
      const block = known.get(id);
      return block === undefined ? [] : [[id, withoutSecrets(data, block).toString('hex')]];
    }),
  );
}

/**
 * The blocks of a document, where they have the form of those of a board: what the board held when it was taken.
 * @param like the board as it is
 */
export function imageOfDocument({ raw }: SettingsDocument, like: SettingsImage): SettingsImage {
  return new Map(
    [...like].flatMap(([id, { length }]) => {
      const data = Buffer.from(Object.hasOwn(raw, id) ? (raw[id] ?? '') : '', 'hex');
      return data.length === length ? [[id, data] as const] : [];
    }),
  );
}

/** The bytes of a block with what is secret as 0. */
export function withoutSecrets(data: Buffer, { secret = [] }: SettingsBlock): Buffer {
  const shown = Buffer.from(data);
  for (const [from, upTo] of secret) shown.fill(0, from, upTo);
  return shown;
}
