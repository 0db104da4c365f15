import type { RecordedExchange } from './recording';

/** What came after one request, each time that it was sent. */
interface Answers {
  readonly request: Buffer;
  /** 0 where a byte is masked, so that any other matches it */
  readonly mask: Buffer;
  readonly exchanges: RecordedExchange[];
  next: number;
}

/** The answers of a recording, by the bytes of their requests. */
export class ReplayedAnswers {
  private readonly all: Answers[] = [];
  private readonly byRequest = new Map<string, Answers>();

  constructor(exchanges: readonly RecordedExchange[]) {
    for (const exchange of exchanges) if (exchange.tx !== '') this.add(exchange);
  }

  /** The answer to a request, in the order of the recording, and from its beginning again behind the last. */
  take(request: Buffer): RecordedExchange | undefined {
    const answers = this.byRequest.get(request.toString('hex')) ?? this.all.find((each) => matches(each, request));
    if (answers === undefined) return undefined;
    const exchange = answers.exchanges[answers.next];
    answers.next = (answers.next + 1) % answers.exchanges.length;
    return exchange;
  }

  private add(exchange: RecordedExchange): void {
    const key = exchange.tx.toLowerCase();
    let answers = this.byRequest.get(key);
    if (answers === undefined) {
      const request = Buffer.from(key, 'hex');
      const mask = Buffer.alloc(request.length, 0xff);
      for (const [from, length] of exchange.masked ?? []) mask.fill(0, from, from + length);
      answers = { request, mask, exchanges: [], next: 0 };
      this.byRequest.set(key, answers);
      this.all.push(answers);
    }
    answers.exchanges.push(exchange);
  }
}

function matches({ request, mask }: Answers, bytes: Buffer): boolean {
  if (bytes.length !== request.length) return false;
  return bytes.every((byte, at) => byte === request[at] || mask[at] === 0);
}
