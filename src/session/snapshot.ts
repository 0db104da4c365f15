import type { Reading } from '../battery/reading';
import type { RadioFigures } from '../link/link';
import type { Counters } from './exchange';

/** A reading with where and when it was taken. Shared between listeners: not to be changed. */
export interface Snapshot {
  readonly reading: Readonly<Reading>;
  /** the device's name */
  readonly device: string;
  /** protocol id */
  readonly protocol: string;
  /** bus address, or that of a radio link; '' where there is none */
  readonly address: number | string;
  /** ms since the epoch */
  readonly timestamp: number;
  /** how long the read took, ms */
  readonly duration: number;
  /** rises by one with every reading of the device */
  readonly sequence: number;
  /** whether everything was asked afresh, by request; else it is a poll's */
  readonly requested: boolean;
  /** those who have asked for it, and get it as their answer: see `Device.read` */
  readonly askers: ReadonlySet<object>;
  /** whether another board has answered in the place of the known one */
  readonly isOtherBoard?: boolean;
  readonly link: LinkFigures;
}

/** What has come over the line, and what of this device was implausible, since the start; with how a radio link stands. */
export interface LinkFigures extends Readonly<Counters>, Readonly<Partial<RadioFigures>> {
  /** polls of the device that were left out because the one before took longer than the interval */
  readonly skippedPolls: number;
  /** answers of the device that were refused because their content is implausible */
  readonly impossibleAnswers: number;
  /** values of the device that were left out because they are implausible */
  readonly impossibleValues: number;
}
