import type { Sentence } from '../battery/sentence';
import type { OrderingRule } from '../battery/settings/ordering-rule';
import type { SettingKey, SettingValue } from '../battery/settings/vocabulary';
import type { Script, Target } from './protocol';

/*
 * The settings of a board. A board is read block by block, each the answer to one request; the blocks as they came are its
 * image. A parameter is one setting and its place in a block. It is written through a register, the least that one request
 * writes: parameters that share a register are written together.
 */

/** A part of a board's settings that one request reads. */
export interface SettingsBlock {
  /** its register or selector as the sheet writes it: "24", "1000"; the name of its bytes in `raw` */
  readonly id: string;
  /** in the words of the protocol's documentation, for messages: "settings (1000)" */
  readonly name: string;
  /** whether many boards do not have it: then a refusal or silence leaves its keys absent */
  readonly optional?: boolean;
  /** bytes that are secret, from and up to: masked in `raw`, in logs and in recordings */
  readonly secret?: readonly (readonly [number, number])[];
}

/** The blocks of a board as they came, without headers and checksums, by their ids; what the board does not have is missing. */
export type SettingsImage = ReadonlyMap<string, Buffer>;

/** How well something is known (settings-vocabulary.md 1.2), such as "D M H". */
export type Confidence = string;

/** How a parameter may be written. */
export type ParameterAccess =
  /** offered: the procedure is proven */
  | 'write'
  /** offered only where the user of the device has ticked experimental: no public write is proven */
  | 'experimental'
  /** written only when the message names this key; never from a document or a restore */
  | 'named'
  /** never written */
  | 'read';

/** One setting of a board: a row of its table of parameters. */
export interface Parameter {
  readonly key: SettingKey;
  /** the block in which it stands */
  readonly block: string;
  /** what goes out in one write, as the sheet writes it; `block` where each block is one register */
  readonly register: string;
  readonly access: ParameterAccess;
  readonly confidence: Confidence;
  /** whether what it means, or what boards say in it, is so much in doubt that it is not compared */
  readonly isDoubtful?: boolean;
  /** the least and the greatest value that is written, in the unit of the key; what the wire can say, where missing */
  readonly range?: readonly [number, number];
  /**
   * What the image says; null where the board has a number for never or off, undefined where it does not say.
   * Numbers are rounded to 9 significant digits.
   */
  decode(image: SettingsImage): SettingValue | undefined;
  /**
   * The block with this value in it, all else as it is.
   * @param value a number that is no multiple of the step of the board is rounded to the nearest one
   * @param wasHeld whether the board itself held the value before: some boards hold what is beyond the range
   * @throws BmsError `bad_value` when it is beyond the range, or what the wire can say
   */
  encode(value: SettingValue, image: SettingsImage, wasHeld?: boolean): Buffer;
}

/** One write: a register, and its block as it shall be. */
export interface RegisterWrite {
  readonly register: string;
  /** in the order of the plan; all of this register */
  readonly parameters: readonly Parameter[];
  /** the board's image with the new value; of it, only this register goes out */
  readonly image: SettingsImage;
}

/** Input of the scripts that read and write settings. */
export interface SettingsOrder<M extends object = object> {
  readonly target: Target<M>;
  /** of the device; '' when the user has set none */
  readonly password: string;
}

/** A level of permission of a board. */
export interface PermissionLevel {
  readonly level: number;
  /** what the board allows at it */
  readonly may: Sentence;
  /** which password opens it, and how it is entered in the device; missing where none is needed, or none can be entered */
  readonly password?: Sentence;
}

/** The levels of permission of a board, where it has any. */
export interface Permission<M extends object = object> {
  /** from the lowest on */
  readonly levels: readonly PermissionLevel[];
  /** The level in force, as the board told it last; undefined when it did not. */
  inForce(target: Target<M>): number | undefined;
}

/** What a vendor's file holds. */
export interface VendorFileContent {
  readonly image: SettingsImage;
  /** lines that say nothing that is known here, as they came */
  readonly others: readonly string[];
}

/** The file in which a vendor's own program keeps the settings of a board. */
export interface VendorFile {
  /** of its name: ".fig" */
  readonly extension: string;
  /** the program, for messages */
  readonly program: string;
  /** @throws BmsError `bad_value`: what in it cannot be */
  parse(file: string): VendorFileContent;
  /** @param content of a board, with the lines of an earlier file that are to stay */
  format(content: VendorFileContent): string;
}

/** How the settings of a board are read and written: `Protocol.settings`. */
export interface SettingsAccess<M extends object = object> {
  readonly permission?: Permission<M>;
  /** Which of the ways in which boards of the protocol lay out their settings this one has; missing where there is only one. */
  variant?(target: Target<M>): string | undefined;
  /** in the order in which they are read; for the variant in use */
  blocks(target: Target<M>): readonly SettingsBlock[];
  /** the parameters of the board, in the order of its sheet; @param image what decides of its variant and its units */
  parameters(target: Target<M>, image: SettingsImage): readonly Parameter[];
  /** What must hold between them at all times. @param image see `parameters` */
  rules(target: Target<M>, image: SettingsImage): readonly OrderingRule[];
  /**
   * Brings the board into the mode in which it lets settings be read or written (unlock, level, factory mode), runs what is
   * inside, and leaves the mode whatever becomes of it. Where a board needs none, it is missing.
   * @param purpose `save`: writes, and makes them last as it leaves, unless what is inside fails
   * @throws BmsError `denied`: which password or level is missing
   */
  during?<T>(order: SettingsOrder<M>, purpose: 'read' | 'save', inside: Script<T>): Script<T>;
  /** Reads one block. @throws BmsError; a refusal where the board does not have it */
  read(order: SettingsOrder<M>, block: SettingsBlock): Script<Buffer>;
  /**
   * Writes one register, once. The acknowledgement is that the request was understood; whether the value is taken, only reading
   * it back tells. Where it is missing, nothing is ever written.
   * @throws BmsError `rejected`, `denied`, `bad_value` with the board's own limit where it tells one
   */
  write?(order: SettingsOrder<M>, write: RegisterWrite): Script<void>;
  /** whether a write that went unacknowledged may go out once more when reading back shows the value of before */
  readonly repeatsUnacknowledged?: boolean;
  /** why boards acknowledge a write and keep their value all the same, where a reason is known; a sentence for the error */
  readonly whyNotTaken?: Sentence;
  /** Makes permanent what was written; once, after everything was read back. Missing where `write` or `during` does it. */
  save?(order: SettingsOrder<M>): Script<void>;
  /**
   * When what was written can be read back: after each write, before the next goes out; or only after the board has saved and
   * left its mode.
   */
  readonly provedAfter: 'each' | 'save';
  /** from a write to the moment when it can be read back, ms */
  readonly settlesMs: number;
  /**
   * Settings beside those of the structure (class T) that must be the same here for a document to be meant for this board, because
   * others depend on them
   */
  readonly mustMatch?: readonly SettingKey[];
  /** the file of the vendor's own program */
  readonly vendorFile?: VendorFile;
}
