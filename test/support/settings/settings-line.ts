import { BmsError } from '../../../src/battery/errors';
import type { SettingKey, SettingValues } from '../../../src/battery/settings/vocabulary';
import { isRefusal } from '../../../src/codec/kit/refusal';
import type { RegisterWrite, SettingsAccess, SettingsImage, SettingsOrder } from '../../../src/codec/parameter';
import type { Protocol, Script, Target } from '../../../src/codec/protocol';
import { valuesIn, type BoardSettings } from '../../../src/codec/settings/board-settings';
import { planSettings, type SettingsPlan } from '../../../src/codec/settings/plan';
import { runScript, type Run } from '../script';

/** What comes back to a request, in pieces; nothing for silence. */
export type Answer = (request: Buffer) => readonly Buffer[];

/** How the settings of a protocol are read and written. */
export function accessOf<M extends object>({ settings, id }: Protocol<M>): SettingsAccess<M> {
  if (settings === undefined) throw new Error(`${id} has no settings`);
  return settings;
}

/** The scripts of the settings of one board, run without time: silence is a `timeout` at once. */
export class SettingsLine<M extends object> {
  readonly access: SettingsAccess<M>;
  readonly sent: string[] = [];

  constructor(
    private readonly protocol: Protocol<M>,
    readonly target: Target<M>,
    private readonly answer: Answer,
    private readonly password = '',
  ) {
    this.access = accessOf(protocol);
  }

  private get order(): SettingsOrder<M> {
    return { target: this.target, password: this.password };
  }

  /** Runs a script. @throws BmsError what it does not catch */
  private run<T>(script: Script<T>): T {
    const run: Run<T> = runScript(this.protocol, script, ({ request }) => this.answer(request));
    this.sent.push(...run.sent);
    if (run.error !== undefined) throw run.error;
    return run.result as T;
  }

  /** Reads one block. @throws BmsError why there is none */
  readBlock(id: string): Buffer {
    const block = this.access.blocks(this.target).find((each) => each.id === id);
    if (block === undefined) throw new Error(`no block ${id}`);
    return this.run(this.access.read(this.order, block));
  }

  /** All blocks that the board has. @throws BmsError why one that is not optional could not be read */
  read(): SettingsImage {
    const image = new Map<string, Buffer>();
    for (const { id, optional } of this.access.blocks(this.target)) {
      try {
        image.set(id, this.readBlock(id));
      } catch (thrown) {
        const isAbsent = isRefusal(thrown) || (thrown instanceof BmsError && thrown.code === 'timeout');
        if (optional !== true || !isAbsent) throw thrown;
      }
    }
    return image;
  }

  board(image = this.read()): BoardSettings {
    return { access: this.access, target: this.target, image };
  }

  values(image = this.read()): SettingValues {
    return valuesIn(image, this.access.parameters(this.target, image));
  }

  /** What would be written where everything is allowed. */
  plan(values: SettingValues, image = this.read()): SettingsPlan {
    const permission = { level: 'structure', allowExperimental: true } as const;
    return planSettings({ board: this.board(image), wanted: { kind: 'keys', values }, permission, isOwn: true });
  }

  /** Sends one write of a plan. @throws BmsError the board's refusal, `timeout` */
  write(write: RegisterWrite): void {
    const script = this.access.write?.(this.order, write);
    if (script === undefined) throw new Error('nothing is written');
    this.run(script);
  }

  /** Plans and writes, without reading anything back. @returns the keys in the order in which they were written */
  apply(values: SettingValues): SettingKey[] {
    const { writes, refused } = this.plan(values);
    for (const { reason, code } of refused) throw new BmsError(code, reason);
    for (const write of writes) this.write(write);
    return writes.flatMap(({ parameters }) => parameters.map(({ key }) => key));
  }
}
