import type { BmsError } from '../battery/errors';
import type { FrameLog, Result } from '../link/frame-log';
import type { Counters, Exchange } from './exchange';
import { LineReopenedError } from './line-errors';

/** Writes into the log of a connection what is asked, and what becomes of it: the bytes come from the link. */
export class ExchangeJournal {
  private foreign = 0;
  private damaged = 0;

  /** @param log undefined: nothing is kept */
  constructor(
    private readonly log: FrameLog | undefined,
    private readonly counters: Readonly<Counters>,
  ) {}

  asked({ name, protocol, address }: Exchange): void {
    this.foreign = this.counters.foreignFrames;
    this.damaged = this.counters.badChecksums;
    this.log?.asked({ what: name, protocol, address });
  }

  /** @param error undefined when the answer came */
  ended(error?: BmsError): void {
    const { foreignFrames, badChecksums } = this.counters;
    const result = error === undefined ? 'matched' : resultOf(error);
    this.log?.ended({ result, foreign: foreignFrames - this.foreign, damaged: badChecksums - this.damaged });
  }

  /** An answer to an exchange that was given up has come after all. */
  cameLate({ name, protocol, address }: Exchange): void {
    this.log?.cameLate({ what: name, protocol, address });
  }
}

function resultOf(error: BmsError): Result {
  if (error instanceof LineReopenedError) return 'ended';
  switch (error.code) {
    case 'timeout':
      return 'timeout';
    case 'checksum':
      return 'damaged';
    case 'disconnected':
    case 'closed':
    case 'internal':
      return 'ended';
    default:
      return 'refused';
  }
}
