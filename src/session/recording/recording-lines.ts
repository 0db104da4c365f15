import type { LogEntry } from '../../link/frame-log';
import type { RecordedExchange } from '../../link/recording';
import { ExchangeFolder, type LoggedExchange, type LoggedLine } from './exchange-folder';
import { FrameMasker, type MaskedPlaces } from './masked-frames';
import { maskedName, maskedValue } from './masked-text';
import { secretBytes } from './secret-bytes';

/** A line of a recording, but for its header. */
export type RecordingLine = RecordedExchange | { readonly at: number; readonly event: string };

export interface RecordingLinesOptions {
  /** the moment from which times count, ms on the monotonic clock */
  readonly since: number;
  /** what must not stand in it: passwords, addresses, serial numbers; more of them may become known */
  readonly secrets: () => readonly string[];
  /** whether the entries begin in the middle of an exchange */
  readonly isCut?: boolean;
}

/** Makes lines of a recording of the entries of a log, masked, as they come. */
export class RecordingLines {
  private readonly folder: ExchangeFolder;
  private readonly masker = new FrameMasker();

  constructor(
    private readonly options: RecordingLinesOptions,
    private readonly emit: (line: RecordingLine) => void,
  ) {
    this.folder = new ExchangeFolder((line) => this.emit(this.lineOf(line)), options.isCut);
  }

  take(entry: LogEntry): void {
    this.folder.take(entry);
  }

  /** To be called at the end: emits what is not complete yet. */
  flush(): void {
    this.folder.flush();
  }

  private lineOf(line: LoggedLine): RecordingLine {
    const { since } = this.options;
    const secrets = this.options.secrets();
    if (line.kind === 'exchange') {
      const { exchange, places } = this.masker.mask(line, secretBytes(secrets));
      return exchangeLine(exchange, places, since);
    }
    const { services, route, ...rest } = { services: undefined, route: undefined, ...line.event };
    return {
      at: round(line.at - since),
      ...(maskedValue(rest, secrets) as typeof rest),
      ...(services !== undefined && { services }),
      ...(route !== undefined && { route }),
    };
  }
}

function exchangeLine(exchange: LoggedExchange, masked: MaskedPlaces, since: number): RecordedExchange {
  const { at, label, sent, received, late, ending, endedAt } = exchange;
  return {
    at: round(at - since),
    ...(label?.protocol !== undefined && { protocol: label.protocol }),
    ...(label?.address !== undefined && { address: label.address }),
    ...(label !== undefined && { what: maskedName(label.what) }),
    tx: sent.toString('hex'),
    rx: received.map(({ bytes }) => bytes.toString('hex')),
    ...(received.length > 0 && { rxAt: received.map((piece) => round(piece.at - at)) }),
    ...(endedAt !== undefined && { endedAt: round(endedAt - at) }),
    ...(ending !== undefined && { result: ending.result }),
    ...(ending !== undefined && ending.foreign > 0 && { foreign: ending.foreign }),
    ...(ending !== undefined && ending.damaged > 0 && { damaged: ending.damaged }),
    ...(late.length > 0 && { late: late.map(({ what }) => what) }),
    ...(masked.length > 0 && { masked }),
  };
}

/** Timers are no more exact than a tenth of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
