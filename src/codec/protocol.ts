import type { ActionInput, ActionName, ActionValue } from '../battery/action';
import type { BmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import type { FrameFormat } from './kit/framing';
import type { Privacy } from './kit/privacy';
import type { LogAccess } from './log-entry';
import type { SettingsAccess } from './parameter';

/**
 * The pace of a query: `fast` and `cells` go with every poll, `counters` now and then, `identity` once per
 * connection. A reading that somebody asks for has them all.
 */
export type Group = 'fast' | 'cells' | 'counters' | 'identity';

/** The device that a query is for. */
export interface Target<M extends object = object> {
  /** bus address or board number; 0 where the protocol has none */
  readonly address: number;
  /** what earlier answers on this connection have told; see `Protocol.memory` */
  readonly memory: Readonly<M>;
}

/**
 * What a received frame is to the query in flight: somebody else's, one part of the answer, its last part, or
 * the device's refusal.
 */
export type MatchResult = 'foreign' | 'part' | 'complete' | BmsError;

export interface Decoded<M extends object = object> {
  /** as it came: what cannot be true is taken out later, and NaN, for what is beyond the protocol's own limits */
  reading: Reading;
  /** what to remember of it for later requests and answers; it counts once the answer is believed */
  memory?: Partial<M>;
}

/** One request that reads, and how its answer is recognised and decoded. */
export interface Query<M extends object = object> {
  /** in the words of the protocol's documentation, for messages: "basic information (03)" */
  readonly name: string;
  readonly group: Group;
  /** its answer is decoded by what other answers have told: it is asked again when one of those turns out to be wrong */
  readonly dependsOnMemory?: boolean;
  /** many boards do not know this request: silence is taken for a no at once */
  readonly optional?: boolean;
  /** keys that another answer of the board has too, and that this one tells more exactly, so that it wins */
  readonly overrides?: readonly (keyof Reading)[];
  /**
   * A word that queries share which tell one thing part by part, such as a list: a part that is doubted is asked again
   * with those before it.
   */
  readonly partOf?: string;
  /** Whether this query makes sense for that device, and all that it takes to ask and understand it is known; always, when missing. */
  applies?(target: Target<M>): boolean;
  /**
   * What to remember when the board has left it unanswered, or is not asked because it does so again and again.
   * @param isKnown whether the board has ever answered it
   */
  unanswered?(isKnown: boolean): Partial<M>;
  /**
   * @param attempt counts the tries of this read, from 1; on a board that is lost, over all reads until it answers
   * @returns an empty buffer to send nothing and only listen, for boards that send by themselves
   */
  request(target: Target<M>, attempt?: number): Buffer;
  /** the frames of the answer, where they depend on the request; else those of the protocol */
  frames?(target: Target<M>): FrameFormat;
  /** @param parts the frames of the answer accepted so far */
  match(frame: Buffer, parts: readonly Buffer[], target: Target<M>): MatchResult;
  /**
   * @param parts the frames of the whole answer, in the order of arrival
   * @throws BmsError `malformed` when the content cannot be true
   */
  decode(parts: readonly Buffer[], target: Target<M>): Decoded<M>;
}

/** One request of an action, or of what has to be read for it. */
export interface Step {
  /** in the words of the protocol's documentation, for messages: "MOSFET control (e1)" */
  readonly name: string;
  readonly request: Buffer;
  /**
   * Whether the board may change something that matters because of it. Then it is sent once, and only a board that
   * has refused it is ever asked again; other steps are repeated when no answer comes.
   */
  readonly isWrite: boolean;
  /** many boards do not know this request: it goes out once, and silence says nothing about the line */
  readonly optional?: boolean;
  /** Whether it ends what the script has begun: where no answer comes, it goes out again when the line carries answers. */
  readonly leavesMode?: boolean;
  /**
   * It brings the board into a mode: what takes it out again, also after a restart. That is one of `Protocol.endings`, so
   * that it changes nothing on a board that is not in the mode, whichever board that is.
   */
  readonly entersMode?: Step;
  /** the frames of the answer, where they are not those of the protocol */
  readonly frames?: FrameFormat;
  /** see `Query.match` */
  match(frame: Buffer, parts: readonly Buffer[]): MatchResult;
  /** how long to wait for the answer, where it is not the protocol's own time, ms */
  readonly timeoutMs?: number;
  /** silence that the board needs after it, where it is not the protocol's own gap, ms */
  readonly gapMs?: number;
}

/**
 * Requests one after the other, as a generator: it yields a step and goes on with the frames of the answer; what
 * went wrong is thrown into it. It may catch a refusal (`rejected`, `denied`, `unsupported`) to try another way, and
 * has `finally` to leave a mode that it has entered; a missing answer it lets pass.
 */
export type Script<T> = Generator<Step, T, readonly Buffer[]>;

/** Input of the script of an action. */
export interface ScriptInput<M extends object = object> {
  readonly value: ActionValue;
  readonly target: Target<M>;
  /** what `Confirmation.read` gave just before */
  readonly before: Decoded<M>;
  /** of the device; '' when the user has set none */
  readonly password: string;
  /** the host's time, for boards whose clock is set at the same time */
  readonly now: Date;
}

/** How an action is proved: by reading what it switches. */
export interface Confirmation<M extends object = object> {
  /** Reads it; before the first step of the action, and after the last until it shows. */
  read(target: Target<M>): Script<Decoded<M>>;
  /** What is switched, from what was read: undefined when the answer does not tell. */
  state(decoded: Decoded<M>): ActionValue | undefined;
  /**
   * Whether `state` is what the user of the board has set, or what comes of it. An effect that is off may be held so by a
   * protection and come on again: it proves no command.
   */
  readonly evidence: 'switch' | 'effect';
  /**
   * Whether what was read leaves no doubt that it is set so, so that a message that repeats it needs no write; when missing,
   * as soon as it shows where a switch is told.
   */
  isSet?(now: Decoded<M>, value: ActionValue): boolean;
  /** of a number: the least difference that `state` shows, in the unit of the action; 1 when missing */
  readonly step?: number;
  /** Whether the wanted state shows; when missing, whether the state is the value, numbers to half a step. */
  shows?(now: Decoded<M>, value: ActionValue, before: Decoded<M>): boolean;
  /**
   * Whether what comes of a switch that shows is seen as well, or why not: waited for as long as it may take, but no part
   * of the proof. When missing, it is not waited for.
   */
  hasTakenEffect?(now: Decoded<M>, value: ActionValue): boolean;
  /** where no state tells: the board does not answer any more; or it does not for a while, and then does again */
  readonly proof?: 'silence' | 'restart';
  /** from the acknowledgement to the first look, and from look to look, ms */
  readonly everyMs: number;
  /** how long it may take to show, ms */
  readonly withinMs: number;
}

/** Something that the board can be asked to do. */
export interface Action<M extends object = object> {
  readonly name: ActionName;
  readonly input: ActionInput;
  /** may leave the pack without output, falsify its meter or lose its history: requires `confirm` in the message */
  readonly dangerous?: boolean;
  /** Whether this board has it; always, when missing. */
  applies?(target: Target<M>): boolean;
  readonly confirm: Confirmation<M>;
  /** The requests that do it. */
  script(order: ScriptInput<M>): Script<void>;
  /** What makes it last, where the board would forget it: sent when the script broke off and the state shows all the same. */
  save?(order: ScriptInput<M>): Script<void>;
}

/** A board that can be commanded, for the simulator. */
export interface EmulatedBoard {
  /** what its user has allowed, whatever its protections make of it */
  readonly switches: Readonly<Record<'charge' | 'discharge' | 'balancing' | 'heating', boolean>>;
  /** whether its balancer works because it was told to, whatever its cells need */
  readonly balances: boolean;
  /**
   * Does what was asked. A switch is set also where a protection holds its MOSFET open, as boards do (ant.md 7, daly.md 6): a
   * board that refuses instead has to set it back.
   * @returns false when it does not take effect: a protection holds the MOSFET open, or current flows through a meter that is
   *   to be zeroed
   */
  execute(action: ActionName, value: ActionValue): boolean;
  /** what it remembers from one request to the next, such as that it is unlocked */
  readonly memory: Map<string, number>;
  /**
   * Its settings, by blocks as in `SettingsImage`; empty until the emulator of its protocol fills it, as the board is delivered.
   * What is written stands here.
   */
  readonly settings: Map<string, Buffer>;
}

/** A request that the simulator understood: for which address, and what the board answers. */
export interface EmulatedResponse {
  address: number;
  /**
   * @param pack the board's state
   * @param board what a command acts on; a board without it refuses every command
   */
  answer(pack: Reading, board?: EmulatedBoard): Buffer;
  /** what the board sends by itself from then on */
  stream?: {
    everyMs: number;
    next(pack: Reading): Buffer;
  };
}

export interface Profile {
  /** default rate of a serial port */
  baudRate: number;
  /** silence that the board needs between an answer and the next request, ms */
  gapMs: number;
  /** the same after a request that went unanswered, ms */
  retryGapMs: number;
  /** how long to wait for an answer, and for each further part of it, ms */
  timeoutMs: number;
  /** silence after which a frame that is not whole will not become so, ms */
  quietMs: number;
  /** how often a read is repeated */
  retries: number;
}

/** Where the bytes of a board come out of its radio module and go in. UUIDs in lower case, short where there is one. */
export interface GattRoute {
  readonly service: string;
  readonly notify: string;
  readonly write: string;
}

/**
 * What speaks for a protocol in an advertisement: all that is named must be there. A module says little of the board
 * behind it, so that only its answers decide.
 */
export interface AdvertisementPattern {
  /** the advertised name in any case; `*` stands for anything, `?` for one character */
  readonly name?: string;
  /** an advertised service, as in `GattRoute` */
  readonly service?: string;
  /** company id of the manufacturer data */
  readonly company?: number;
  /** what the MAC address begins with: `A4:C1:38` */
  readonly address?: string;
}

/** Input of a login script. */
export interface LoginInput {
  /** MAC address of the module; '' where the platform hides it */
  readonly mac: string;
  /** as the module advertises it: company id as sent, and what follows */
  readonly manufacturerData?: Buffer | undefined;
  /** of the device; '' when the user has set none */
  readonly password: string;
}

/** How a protocol travels over Bluetooth. */
export interface BleProfile<M extends object = object> {
  /** in the order in which to look for them */
  readonly routes: readonly GattRoute[];
  /** what differs from a serial line */
  readonly pace?: Partial<Omit<Profile, 'baudRate'>>;
  /** the address to ask unless the user gives one, where it is not that of a serial line */
  readonly address?: number;
  /** see `Protocol.probe`, where it differs from a serial line */
  readonly probe?: readonly Query<M>[];
  /** a request that changes nothing, for modules that drop a connection on which nothing is asked */
  readonly keepAlive?: { readonly request: Buffer; readonly everyMs: number };
  readonly advertisements: readonly AdvertisementPattern[];
  /**
   * Login for modules that block traffic until authenticated; tried when a board does not answer, once per connection.
   * Throws `denied` when it does not accept the password.
   */
  login?(order: LoginInput): Script<void>;
}

export interface AddressRange {
  /** the address of a board as delivered */
  initial: number;
  min: number;
  max: number;
  /** where boards as delivered may answer instead */
  also?: readonly number[];
  /** further addresses with a meaning of their own */
  others?: readonly number[];
}

/**
 * How answers are protected. A `sum` of bytes, of 8 or 16 bits, stays right when two of them change places or one rises by
 * what another falls; a `crc` finds that, but for one damaged answer in 256 where it has 8 bits.
 */
export type Checksum = 'sum8' | 'sum16' | 'crc8' | 'crc16';

/** What a frame that somebody else has sent tells of a line. */
export interface Overheard<M extends object = object> {
  /** the board that has answered; undefined for what no board has said */
  readonly address?: number;
  /** whether a master polls the boards of the line, which must not be disturbed */
  readonly fromMaster: boolean;
  /** what is known of the board by that */
  readonly memory?: Partial<M>;
}

/** Everything the session, the simulator, the dialogs and the benchmarks know of a protocol. */
export interface Protocol<M extends object = object> {
  readonly id: string;
  /** for lists: vendor and variant */
  readonly label: string;
  readonly profile: Profile;
  /** undefined: not over Bluetooth */
  readonly ble?: BleProfile<M>;
  /** undefined: one device per line, no address */
  readonly address?: AddressRange;
  readonly frames: FrameFormat;
  /** the weakest that protects a value of a reading */
  readonly checksum: Checksum;
  /** where secrets and serial numbers stand in its frames, so that they can be masked */
  readonly privacy: Privacy;
  /** in the order in which they are asked */
  readonly queries: readonly Query<M>[];
  /** Decoder state of a connection, empty; a protocol without it has none. */
  memory?(): M;
  /** What of the memory counts beyond the read in which it was told; all of it, when missing. */
  lasting?(memory: Readonly<M>): M;
  /**
   * What a board tells of itself that does not change with what it measures, such as its number of cells: an answer that
   * tells otherwise than the one before is asked for again.
   */
  steady?(memory: Partial<M>): readonly unknown[];
  /**
   * What must all be answered for a board to count as one of this protocol, when it is searched for; the first of
   * `queries` when missing. Like every query it only reads.
   */
  readonly probe?: readonly Query<M>[];
  /** What a valid frame tells that this host has not asked for; when missing, which board has answered a query. */
  overhear?(frame: Buffer): Overheard<M> | undefined;
  /** what boards can be asked to do; nothing, when missing */
  readonly actions?: readonly Action<M>[];
  /** what takes a board out of the modes that its actions bring it into; it changes nothing on any other board */
  readonly modeExits?: readonly Step[];
  /** how its settings are read and written; missing where no document tells */
  readonly settings?: SettingsAccess<M>;
  /** its own event log, where the boards have one */
  readonly log?: LogAccess<M>;
  /** whether actions depend on what a reading has told of the board (`Target.memory`), such as its variant */
  readonly actionsNeedReading?: boolean;
  /**
   * The board's side, for the simulator.
   * @param request bytes as they came over the line
   * @returns undefined when they are not a request of this protocol
   */
  emulate(request: Buffer): EmulatedResponse | undefined;
}
