import type { Reading } from '../../src/battery/reading';
import type { ProtocolId } from '../../src/codec/registry';
import type { Module } from '../support/ble/modules';
import type { Seam } from './seam';

/** A main frame of a protocol and how it is read by hand. */
export interface StraightLine {
  /** which query: its number as it stands in brackets in the name */
  readonly query: string;
  /** @param frames of the answer, with heads and checksums, in order */
  decode(...frames: Buffer[]): Reading;
}

/** Length of the frame that seems to begin at a place, with its checksum put right in place; 0 where none begins. */
export type Seal = (bytes: Buffer, at: number, request: Buffer) => number;

/** Its captures in test/vectors; files without `.json`. */
export interface Captures {
  /** the folder; vectors in it may be of several protocols, see `Vector.protocol` */
  readonly folder: string;
  /** files that hold no answer to a query: writes, logins, parameters, examples of a document, requests of other hosts */
  readonly others?: readonly string[];
  /** codes of the errors that the exchanges of a file end in; none, when missing */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  /** keys of a file that its board tells in answers which are not asked, or that its bytes do not say */
  readonly notRead?: Readonly<Record<string, readonly string[]>>;
}

/**
 * What the common tests must know of a protocol that they cannot have from its code: written from its sheet in
 * docs/protocols, so that a mistake in the code is not repeated here.
 */
export interface Kit {
  readonly captures: Captures;
  /** Whether the checksum of a frame is right. @param request what it answers: some checksums cover it */
  isWhole(frame: Buffer, request: Buffer): boolean;
  /** Puts right the checksums of mutated bytes, so that they get as far as the decoder. */
  readonly seal: Seal;
  /**
   * The share of damaged frames whose checksum is right by chance: 1/256 for a checksum of eight bits. One in 65,536, when
   * missing.
   */
  readonly weakness?: number;
  /** Who else may talk on its line: a board of another number where boards have numbers, else of another protocol. */
  readonly stranger: { readonly protocol: ProtocolId; readonly address: number };
  /**
   * The protocols whose requests begin with the same byte, and which are asked before it: a board may take such a request
   * for the beginning of one of its own, and wait for the rest. None, when missing.
   */
  readonly askedAfter?: readonly ProtocolId[];
  /** its radio module; undefined for a protocol without Bluetooth */
  readonly module: Module | undefined;
  /** addresses of boards that share a line; none where boards have no addresses */
  readonly addresses: readonly number[];
  /** every number of it that has a sign, an offset or a fold on the wire */
  readonly seams: readonly Seam[];
  /** the frame that carries most of a reading, at least, read by hand: the measure of the decoder, and a check of it */
  readonly straightLine: readonly [StraightLine, ...StraightLine[]];
}
