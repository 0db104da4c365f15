import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BmsError } from '../../../src/battery/errors';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';
import type { RegisterWrite, SettingsAccess, SettingsImage, SettingsOrder } from '../../../src/codec/parameter';
import type { Protocol, Script } from '../../../src/codec/protocol';
import { parametersByKey, valuesIn, type BoardSettings } from '../../../src/codec/settings/board-settings';
import { runScript, type Respond, type Run } from '../script';
import { answer, loadVectors, queryOf, type Vector } from '../vectors';

/** A vector of `test/vectors/settings`: a read, a write, a file, a comparison or an order (settings-vocabulary.md 6). */
export interface SettingsVector extends Vector {
  readonly variant?: string;
  readonly before?: SettingValues;
  readonly after?: SettingValues;
  /** another vector of the protocol that this one differs from, and how: [this, other] */
  readonly diffAgainst?: string;
  readonly diff?: Readonly<Record<string, readonly [unknown, unknown]>>;
  readonly expect: {
    readonly settings?: SettingValues;
    readonly calibration?: SettingValues;
    readonly written?: SettingValues;
    readonly rejected?: readonly SettingKey[];
    readonly order?: readonly SettingKey[];
    readonly before?: readonly (readonly [SettingKey, SettingKey])[];
  };
}

const FOLDER = join(process.cwd(), 'test', 'vectors', 'settings');

/** The protocols that have vectors of settings, with the vectors. */
export function settingsVectors(): Map<string, SettingsVector[]> {
  const protocols = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  return new Map(protocols.map((id) => [id, loadVectors(`settings/${id}`) as SettingsVector[]]));
}

/**
 * A board that says what was captured: the answers to one request in their order, of which the last one stays. What went
 * unanswered and is no write counts as repeated.
 */
export function capturedBoard({ exchanges }: Pick<Vector, 'exchanges'>): Respond {
  const answers = new Map<string, string[][]>();
  for (const { tx, rx } of exchanges) answers.set(tx, [...(answers.get(tx) ?? []), rx]);
  return ({ request, isWrite }) => {
    const left = answers.get(request.toString('hex')) ?? [];
    while (!isWrite && left.length > 1 && left[0]?.length === 0) left.shift();
    const [pieces = []] = left.length > 1 ? left.splice(0, 1) : left;
    return pieces.map((hex) => Buffer.from(hex, 'hex'));
  };
}

/** The order for the board of a vector, with what its other answers tell of it. */
export function orderOf(protocol: Protocol, vector: SettingsVector, known: object = {}): SettingsOrder {
  let memory: object = { ...protocol.memory?.(), ...known };
  for (const { tx, rx } of vector.exchanges) {
    const found = queryOf(protocol, tx, vector.address, memory);
    if (found === undefined) continue;
    try {
      const pieces = rx.map((hex) => Buffer.from(hex, 'hex'));
      ({ memory } = answer(protocol, found.query, found.target, pieces));
    } catch (thrown) {
      if (!(thrown instanceof BmsError)) throw thrown;
    }
  }
  return { target: { address: vector.address ?? protocol.address?.initial ?? 0, memory }, password: '' };
}

/** What was read of a board, and what went wrong with the blocks that are missing. */
export interface ReadSettings extends BoardSettings {
  readonly errors: readonly BmsError[];
}

/** Reads all settings of a board, as the session does. */
export function readSettings(
  protocol: Protocol,
  access: SettingsAccess,
  order: SettingsOrder,
  respond: Respond,
): ReadSettings {
  const image = new Map<string, Buffer>();
  const errors: BmsError[] = [];
  function* blocks(): Script<void> {
    for (const block of access.blocks(order.target)) {
      try {
        image.set(block.id, yield* access.read(order, block));
      } catch (thrown) {
        if (!(thrown instanceof BmsError)) throw thrown;
        errors.push(thrown);
      }
    }
  }
  const { error } = runScript(protocol, access.during?.(order, 'read', blocks()) ?? blocks(), respond);
  return { access, target: order.target, image, errors: error === undefined ? errors : [...errors, error] };
}

/** All values of a board. */
export function valuesOf(board: BoardSettings): SettingValues {
  return valuesIn(board.image, parametersByKey(board).values());
}

/** Writes values to a board, one after the other, within its mode for writing. */
export function writeValues(
  protocol: Protocol,
  { access, target, image }: BoardSettings,
  order: SettingsOrder,
  values: SettingValues,
  respond: Respond,
): Run<void> {
  const parameters = new Map(access.parameters(target, image).map((each) => [each.key, each]));
  function* writes(): Script<void> {
    let now: SettingsImage = image;
    for (const [key, value] of Object.entries(values)) {
      const parameter = parameters.get(key as SettingKey);
      if (parameter === undefined || value === undefined || access.write === undefined) throw new Error(`no ${key}`);
      now = new Map(now).set(parameter.block, parameter.encode(value, now));
      const write: RegisterWrite = { register: parameter.register, parameters: [parameter], image: now };
      yield* access.write(order, write);
    }
    if (access.save !== undefined) yield* access.save(order);
  }
  return runScript(protocol, access.during?.(order, 'save', writes()) ?? writes(), respond);
}
