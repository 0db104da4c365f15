import assert from 'node:assert/strict';
import { orderOfWrites, type SettingChange } from '../../../src/battery/settings/order';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';
import { protocolById } from '../../../src/codec';
import type { SettingsAccess } from '../../../src/codec/parameter';
import type { Protocol } from '../../../src/codec/protocol';
import { compareBoards } from '../../../src/codec/settings/compare';
import { registerBoard } from '../daly-modbus';
import type { Respond } from '../script';
import { loadVector, type Vector } from '../vectors';
import {
  capturedBoard,
  orderOf,
  readSettings,
  settingsVectors,
  valuesOf,
  writeValues,
  type ReadSettings,
  type SettingsVector,
} from './vectors';

/** What the vectors of a protocol need to be replayed. */
interface VectorKit {
  /** requests that write a setting; what else goes out around them depends on the procedure */
  readonly write?: RegExp;
  /** what the session knows of a board of this variant from its readings */
  readonly memory?: (variant: string | undefined) => object;
  /** the board of these exchanges; one that says what was captured, where it is missing */
  readonly board?: (exchanges: Vector['exchanges']) => Respond;
  /** a vector of readings that has what else the board is asked when it is written */
  readonly reading?: string;
  /** vectors that are not replayed here, and why */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** Vectors that are replayed by other tests. */
const READ_BACK = 'what a board does not take shows when it is read back: the tests of transactions';
const REFUSED = 'the test of the protocol has what the board refuses';
const FILE = 'the test of the file format';

/** By protocol; none: the defaults. */
const KITS: Readonly<Record<string, VectorKit>> = {
  ant: {
    write: /^7ea122/,
    reading: '01-16s-status-idle',
    elsewhere: { 'write-refused-level-2': REFUSED },
  },
  'ant-legacy': { write: /^a5a5(?!ff)/ },
  'daly-modbus': {
    write: /^d206/,
    memory: (variant) => ({ variant }),
    board: registerBoard,
    elsewhere: { 'write-d2-unknown-register-silent': REFUSED },
  },
  jbd: {
    write: /^dd5a(?!00|01|06|09)/,
    elsewhere: {
      'file-fig-4s': FILE,
      'file-fig-16s': FILE,
      'write-lower-undervoltage-silently-ignored': READ_BACK,
    },
  },
  jk: { write: /^4e57.{12}02/ },
  'jk-ble': {
    write: /^aa5590eb(?!9[67])/,
    memory: (variant) => ({ variant: variant?.toLowerCase().replace('_', '-') }),
    elsewhere: { 'write-24s-register-on-32s-no-effect': READ_BACK },
  },
  'jk-modbus': { write: /^..10/, elsewhere: { 'write-above-model-ceiling': REFUSED } },
};

/** The vectors of a protocol, on a line that says what they hold. */
export class Replay {
  readonly protocol: Protocol;
  private readonly kit: VectorKit;

  constructor(
    protocol: Protocol,
    private readonly access: SettingsAccess,
    readonly vectors: readonly SettingsVector[],
  ) {
    this.protocol = protocol;
    this.kit = KITS[protocol.id] ?? {};
  }

  /** Those that are replayed here. */
  get here(): SettingsVector[] {
    return this.vectors.filter((vector) => this.kit.elsewhere?.[nameOf(vector)] === undefined);
  }

  /** The boards that are read by a vector. */
  boards(): ReadSettings[] {
    return this.here.filter(({ expect }) => expect.settings !== undefined).map((vector) => this.read(vector));
  }

  read(vector: SettingsVector): ReadSettings {
    const order = orderOf(this.protocol, vector, this.kit.memory?.(vector.variant));
    return readSettings(this.protocol, this.access, order, this.lineTo(vector.exchanges));
  }

  private lineTo(exchanges: Vector['exchanges']): Respond {
    return this.kit.board?.(exchanges) ?? capturedBoard({ exchanges });
  }

  /** A board of this variant, of which most is known. */
  boardLike({ variant }: SettingsVector): ReadSettings {
    const boards = this.vectors
      .filter((each) => nameOf(each).startsWith('read-') && (variant === undefined || each.variant === variant))
      .map((each) => this.read(each));
    const known = (board: ReadSettings): number => Object.keys(valuesOf(board)).length;
    const [most] = boards.sort((one, other) => known(other) - known(one));
    assert.ok(most, 'no vector reads a board of this variant');
    return most;
  }

  named(name: string): SettingsVector {
    const found = this.vectors.find((each) => nameOf(each) === name);
    assert.ok(found, name);
    return found;
  }

  checkRead(vector: SettingsVector): void {
    const { settings, calibration } = vector.expect;
    const board = this.read(vector);
    const values = valuesOf(board);
    if (board.access.variant !== undefined) assert.equal(board.access.variant(board.target), vector.variant);
    for (const [key, value] of Object.entries({ ...settings, ...calibration }))
      assert.deepEqual(values[key as SettingKey], value, key);
    if (vector.expectError === undefined) return;
    assert.ok(
      board.errors.some(({ code }) => code === vector.expectError),
      'no error',
    );
    assert.deepEqual(values, settings);
  }

  checkWrite(vector: SettingsVector, values: SettingValues): void {
    const board = this.boardLike(vector);
    const order = { target: { ...board.target, address: vector.address ?? board.target.address }, password: '' };
    const { reading } = this.kit;
    const others = reading === undefined ? [] : loadVector(this.protocol.id, reading).exchanges;
    const respond = this.lineTo([...vector.exchanges, ...others]);
    const { sent, error } = writeValues(this.protocol, board, order, values, respond);
    const writes = (requests: readonly string[]): string[] => requests.filter((tx) => this.kit.write?.test(tx));
    assert.deepEqual(writes(sent), writes(vector.exchanges.map(({ tx }) => tx)), error?.message);
    assert.equal(error?.code, vector.expectError, error?.message);
  }

  checkDifference(vector: SettingsVector): void {
    const other = this.read(this.named(vector.diffAgainst ?? ''));
    const found = compareBoards(this.read(vector), other, { level: 'protection', allowExperimental: false });
    const differences = found.differences.map(({ key, present, wanted }) => [key, [present, wanted]]);
    assert.deepEqual(Object.fromEntries(differences), vector.diff);
  }

  checkOrder({ variant, before = {}, after = {}, expect }: SettingsVector): void {
    const board = this.boardLike({ variant } as SettingsVector);
    const changes = Object.entries(after).map(([key, to]): SettingChange => ({
      key: key as SettingKey,
      register: key,
      from: before[key as SettingKey],
      to: to ?? null,
    }));
    const { writes, broken } = orderOfWrites(changes, before, this.access.rules(board.target, board.image));
    assert.deepEqual(broken, []);
    const keys = writes?.flat().map(({ key }) => key) ?? [];
    if (expect.order !== undefined) assert.deepEqual(keys, expect.order);
    for (const [first, then] of expect.before ?? []) assert.ok(keys.indexOf(first) < keys.indexOf(then), first);
  }
}

export function nameOf({ file }: SettingsVector): string {
  return file.replace(/\.json$/, '');
}

/** The vectors of each protocol that describes its settings. */
export function replays(): Replay[] {
  return [...settingsVectors()].flatMap(([id, vectors]) => {
    const protocol = protocolById(id);
    return protocol?.settings === undefined ? [] : [new Replay(protocol, protocol.settings, vectors)];
  });
}
