import { isDeepStrictEqual } from 'node:util';
import { derive } from '../../../src/battery/derive';
import { dropImplausible } from '../../../src/battery/plausible';
import type { Reading } from '../../../src/battery/reading';
import type { Clock } from '../../../src/clock';
import type { Group, Profile, Protocol } from '../../../src/codec/protocol';
import type { Bus } from '../../../src/session/bus';
import type { Snapshot } from '../../../src/session/device';
import type { Exchange } from '../../../src/session/exchange';
import { answer } from '../vectors';
import type { ChangingPack } from './changing-pack';
import { kitOf } from '../../kits';
import { longestAgeMs, type Piece } from './faults';

/** An answer that the session has taken. */
interface Accepted {
  query: string;
  at: number;
  /** of the pack, as the frames tell; several when it had said the same at several; undefined: no board has said this */
  moments: readonly number[] | undefined;
}

interface Delivery extends Piece {
  at: number;
}

/** What the pack tells at one moment when nothing goes wrong. */
interface Expected {
  all: Reading;
  byQuery: ReadonlyMap<string, Reading>;
}

/** How old what a reading repeats may be when it was asked at an earlier poll, ms: what the package promises. */
const REPEATED_MS: Readonly<Record<Group, number>> = { fast: 0, cells: 0, counters: 60_000, identity: Infinity };

/** Boards that know several requests with one and the same answer. */
const ONE_ANSWER = new Set(['ant-legacy']);

/** Boards that tell something only when they are asked for the first time, and then go on by themselves. */
const TELLING_ONCE = new Set(['jk-ble']);

/** Lists that boards tell value by value, each with a moment of its own. */
const VALUE_BY_VALUE = new Set(['sinowealth']);

/** A list of which one answer has the beginning and the next one the rest, each with a moment of its own. */
const IN_TWO_PARTS: Readonly<Record<string, keyof Reading>> = { 'jk-modbus': 'temperatures' };

export interface WitnessOptions {
  protocol: Protocol;
  /** its pace on this kind of line */
  profile: Profile;
  address: number;
  pack: ChangingPack;
  clock: Clock;
}

/**
 * Knows what the pack had at every moment and what came out of the line, and looks at every answer that a session takes
 * and at every reading that it makes of them.
 *
 * An answer must be, byte by byte, what the pack has said to that very request, and must have come out of the line since
 * the request went out. It need not be the answer to this try of it: no protocol numbers its requests, so that nobody
 * can tell an answer that was delayed from the one that is waited for. It is as old as its delay then, and no line
 * delays for longer than `longestAgeMs`.
 */
export class Witness {
  /** what was not as it should be */
  readonly complaints: string[] = [];
  submitted = 0;
  settled = 0;
  readings = 0;
  /** frames that no board has sent, whose checksum is right by chance: nobody can tell them from true ones */
  forged = 0;
  /** readings that could not be judged, because such a frame had told what the others mean */
  unjudged = 0;
  lastAcceptedAt = 0;
  /** when the pack last changed its number of cells */
  restartedAt = -Infinity;

  /** when the line was opened last: what the board had told before is forgotten, so that later answers may tell less */
  private connectedAt = -Infinity;
  private deliveries: Delivery[] = [];
  private accepted: Accepted[] = [];
  /** what was forgotten when the line was opened last, and may be in the reading that was complete just before */
  private forgotten: Accepted[] = [];
  /** when each query was last left without an answer */
  private readonly failed = new Map<string, number>();
  /** every request that has been sent for a query: it may ask in another way when it asks again */
  private readonly requests = new Map<string, Set<string>>();
  private readonly expectations = new Map<number, Expected>();
  /** queries whose forged answers told memory by which others are asked and understood */
  private readonly tainted = new Set<string>();
  private readonly telling = new Set<string>();
  /** when each query was last answered */
  private readonly lastTold = new Map<string, number>();
  private readonly groups: ReadonlyMap<string, Group>;

  constructor(private readonly options: WitnessOptions) {
    this.groups = new Map(options.protocol.queries.map(({ name, group }) => [name, group]));
    this.expect(options.pack.pass().moment);
  }

  /** Looks at everything that is asked and answered on a bus from now on. */
  watch(bus: Bus): void {
    const submit = bus.submit.bind(bus);
    bus.submit = async (exchange, priority) => {
      this.submitted++;
      let sentAt = Infinity;
      const sent = (): void => {
        sentAt = this.now();
        this.note(exchange);
        exchange.sent?.();
      };
      try {
        const parts = await submit({ ...exchange, sent }, priority);
        this.accept(exchange, sentAt, parts);
        return parts;
      } catch (error) {
        this.failed.set(exchange.name, this.now());
        throw error;
      } finally {
        this.settled++;
      }
    };
  }

  /** To be called with what comes out of the line. */
  delivered(piece: Piece): void {
    const at = this.now();
    this.deliveries.push({ ...piece, at });
    // No exchange lasts so long, unless others go on talking; then what is forgotten is looked for in vain.
    if (this.deliveries.length > 2000) this.deliveries = this.deliveries.filter((entry) => entry.at > at - 120_000);
  }

  /** To be called when the session has begun on a new connection. */
  connected(): void {
    this.connectedAt = this.now();
    this.forgotten = this.accepted;
    // A read that is under way goes on, with what it has of this poll.
    this.accepted = this.accepted.filter(({ query }) => REPEATED_MS[this.groups.get(query) ?? 'identity'] === 0);
    this.tainted.clear();
  }

  private note({ name, request }: Exchange): void {
    const sent = this.requests.get(name) ?? new Set();
    this.requests.set(name, sent.add(request.toString('hex')));
  }

  /** The keys that every reading has while nothing goes wrong. */
  steadyKeys(): string[] {
    const { byQuery } = this.expect(this.options.pack.moment);
    const steady = [...byQuery].filter(([query]) => REPEATED_MS[this.groups.get(query) ?? 'identity'] === 0);
    return [...new Set(steady.flatMap(([, reading]) => Object.keys(reading)))];
  }

  /** To be called with every reading. */
  read(snapshot: Snapshot): void {
    this.readings++;
    const now = this.now();
    const since = now - snapshot.duration - 1;
    this.forget(since);
    if (this.tainted.size > 0) {
      this.unjudged++;
      return;
    }
    const taken = this.connectedAt === now ? [...this.forgotten, ...this.accepted] : this.accepted;
    const known = taken.filter(({ query, at }) => at >= since - this.repeatedMs(query, snapshot));
    const { reading } = snapshot;
    const told: Partial<Record<string, unknown>> = {};
    const rest: string[] = [];
    const isAcrossRestart = this.restartedAt >= since || !this.hasToldAnew();
    for (const [key, value] of Object.entries(reading)) {
      if (key.startsWith('timeTo')) continue; // smoothed over earlier readings
      if (this.isTold(key, value, known, isAcrossRestart)) told[key] = value;
      else rest.push(key);
    }
    const derived = derive({ ...told });
    for (const key of rest) {
      const name = key as keyof Reading;
      if (isDeepStrictEqual(derived[name], reading[name])) continue;
      this.complain(`reading ${snapshot.sequence}: ${key} ${this.explain(key, reading[name], known)}`);
    }
    this.checkWhole(snapshot, since);
  }

  /**
   * @param isAcrossRestart whether the pack has changed its number of cells since the read began, or since it has told it. Boards tell the number
   *   in one answer and the cells in another; those of the new pack are cut to the number of the old one then.
   */
  private isTold(key: string, value: unknown, known: readonly Accepted[], isAcrossRestart: boolean): boolean {
    const isWhole = known.some(({ query, moments }) => {
      if (moments === undefined) return true;
      return moments.some((moment) => isDeepStrictEqual(this.valueAt(moment, query, key), value));
    });
    if (isWhole || !Array.isArray(value)) return isWhole;
    const lists = known.flatMap(({ moments = [] }) =>
      moments.flatMap((moment) => {
        const list: unknown = this.expect(moment).all[key as keyof Reading];
        return Array.isArray(list) ? [list as unknown[]] : [];
      }),
    );
    const isFrom = (candidates: readonly unknown[][]): boolean =>
      value.every((entry: unknown, i) => candidates.some((list) => isDeepStrictEqual(list[i], entry)));
    const { id } = this.options.protocol;
    // Where the rest is not told, the beginning stands alone.
    if (IN_TWO_PARTS[id] === key) return isFrom(lists);
    if (VALUE_BY_VALUE.has(id)) {
      return isFrom(isAcrossRestart ? lists : lists.filter((list) => list.length === value.length));
    }
    return isAcrossRestart && lists.some((list) => isFrom([list]));
  }

  /** Whether the board has told, since it changed its number of cells, all by which the rest is understood. */
  private hasToldAnew(): boolean {
    const { id } = this.options.protocol;
    if (this.restartedAt < 0 || VALUE_BY_VALUE.has(id)) return true;
    const telling = [...this.telling].filter((query) => this.groups.get(query) === 'fast');
    return telling.every((query) => (this.lastTold.get(query) ?? 0) >= this.restartedAt);
  }

  /** What was accepted for this reading must be in it. */
  private checkWhole(snapshot: Snapshot, since: number): void {
    const { id } = this.options.protocol;
    if (VALUE_BY_VALUE.has(id) || TELLING_ONCE.has(id)) return;
    if (this.restartedAt >= since || this.connectedAt >= since) return;
    // Without what it tells the others may tell less.
    if ([...this.telling].some((query) => (this.failed.get(query) ?? 0) >= since)) return;
    for (const { query, at, moments } of this.accepted) {
      const [moment] = moments ?? [];
      // What a probe has read is read again, which may fail.
      if ((this.failed.get(query) ?? 0) >= at) continue;
      if (at < since || moment === undefined || REPEATED_MS[this.groups.get(query) ?? 'identity'] > 0) continue;
      const missing = Object.keys(this.expect(moment).byQuery.get(query) ?? {}).filter(
        (key) => !(key in snapshot.reading),
      );
      if (missing.length > 0) this.complain(`reading ${snapshot.sequence} lacks ${missing.join(', ')} of ${query}`);
    }
  }

  private valueAt(moment: number, query: string, key: string): unknown {
    const { all, byQuery } = this.expect(moment);
    const name = key as keyof Reading;
    // A query that asks in another way may bring what another one brings at other times.
    return byQuery.get(query)?.[name] ?? all[name];
  }

  private accept(exchange: Exchange, sentAt: number, parts: readonly Buffer[]): void {
    const now = this.now();
    this.lastAcceptedAt = now;
    const query = exchange.name;
    const requests = this.requests.get(query);
    const heard = this.deliveries.filter(({ at }) => at >= sentAt);
    const stream = Buffer.concat(heard.map(({ bytes }) => bytes));
    const moments = new Set<number>();
    let isForged = false;
    for (const [i, part] of parts.entries()) {
      if (!stream.includes(part))
        this.complain(`${query}: took what came before it was asked: ${part.toString('hex')}`);
      const said = heard.flatMap(({ of }) => (of !== undefined && holdsFrame(of.bytes, part) ? [of] : []));
      for (const { moment } of said) moments.add(moment);
      const isAny = exchange.request.length === 0 || ONE_ANSWER.has(this.options.protocol.id);
      if (said.some(({ request }) => isAny || request === '' || requests?.has(request) === true)) {
        this.checkAge(query, now - Math.min(...said.map(({ madeAt }) => madeAt)));
        continue;
      }
      // What is heard of others on the way to the answer is part of it with some protocols, but never its end.
      const isOfOthers = heard.some(({ others = [] }) => others.some((bytes) => bytes.includes(part)));
      if (i < parts.length - 1 && (said.length > 0 || isOfOthers)) continue;
      isForged = true;
      this.doubt(query, part, exchange.request);
    }
    if (isForged) {
      this.forged++;
      if (this.telling.has(query)) this.tainted.add(query);
    } else {
      this.tainted.delete(query);
      this.lastTold.set(query, now);
    }
    this.accepted.push({ query, at: now, moments: isForged ? undefined : [...moments] });
  }

  private checkAge(query: string, age: number): void {
    const most = longestAgeMs(this.options.profile);
    if (age > most) this.complain(`the answer to ${query} was ${age} ms old`);
  }

  /** A frame that nobody has sent as an answer to this, since it was asked. */
  private doubt(query: string, frame: Buffer, request: Buffer): void {
    const hex = frame.toString('hex');
    // Boards whose frames begin with nothing say the same often, and noise does, too.
    if (frame.length >= SHORTEST_KNOWN) {
      const said = this.deliveries.findLast(({ of }) => of?.bytes.includes(frame) === true);
      if (said !== undefined) {
        this.complain(`${query}: took an answer to ${said.of?.request}, said at ${said.at}: ${hex}`);
        return;
      }
      if (this.deliveries.some(({ others = [] }) => others.some((bytes) => bytes.includes(frame)))) {
        this.complain(`${query}: took what somebody else has said: ${hex}`);
        return;
      }
    }
    if (!kitOf(this.options.protocol).isWhole(frame, request)) this.complain(`${query}: took a damaged frame: ${hex}`);
  }

  /** What the pack tells at a moment, by the codec alone. */
  private expect(moment: number): Expected {
    const found = this.expectations.get(moment);
    if (found !== undefined) return found;
    const { protocol, address, pack } = this.options;
    const state = pack.at(moment);
    const byQuery = new Map<string, Reading>();
    let all: Reading = {};
    let memory: object = {};
    for (const query of protocol.queries) {
      const target = { address, memory };
      if (query.applies?.(target) === false) continue;
      const said = protocol.emulate(query.request(target))?.answer(state);
      if (said === undefined || said.length === 0) continue;
      const { reading, memory: told } = answer(protocol, query, target, [said]);
      dropImplausible(reading);
      byQuery.set(query.name, reading);
      if (!isDeepStrictEqual(told, memory)) this.telling.add(query.name);
      memory = told;
      all = { ...all, ...reading };
    }
    const expected = { all, byQuery };
    this.expectations.set(moment, expected);
    if (this.expectations.size > 200) {
      for (const old of [...this.expectations.keys()].slice(0, 100)) this.expectations.delete(old);
    }
    return expected;
  }

  private repeatedMs(query: string, { requested }: Snapshot): number {
    const group = this.groups.get(query) ?? 'identity';
    return requested && group === 'counters' ? 0 : REPEATED_MS[group];
  }

  /** Keeps, of what is older than this reading, the last of each query: that is what may be repeated. */
  private forget(since: number): void {
    const last = new Map(this.accepted.map((entry) => [entry.query, entry]));
    this.accepted = this.accepted.filter((entry) => entry.at >= since || last.get(entry.query) === entry);
    this.deliveries = this.deliveries.filter(({ at }) => at >= since - 10_000);
  }

  private explain(key: string, value: unknown, known: readonly Accepted[]): string {
    const then = known.flatMap(({ query, at, moments = [] }) =>
      moments.flatMap((moment) => {
        const had = this.valueAt(moment, query, key);
        return had === undefined ? [] : [`${JSON.stringify(had)} (moment ${moment}, ${query}, taken at ${at})`];
      }),
    );
    return `is ${JSON.stringify(value)} at ${this.now()}; the pack had ${then.join(', ') || 'none'}`;
  }

  private complain(what: string): void {
    if (this.complaints.length < 5) this.complaints.push(what);
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}

/** Shorter than any frame that begins with something to know it by: such bytes may stand anywhere by chance. */
const SHORTEST_KNOWN = 6;

function holdsFrame(answer: Buffer, frame: Buffer): boolean {
  return frame.length < SHORTEST_KNOWN ? answer.equals(frame) : answer.includes(frame);
}
