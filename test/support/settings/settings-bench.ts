import { BmsError } from '../../../src/battery/errors';
import { settingInfo, type SettingKey, type SettingValues } from '../../../src/battery/settings/vocabulary';
import type { SettingsImage } from '../../../src/codec/parameter';
import type { Protocol } from '../../../src/codec/protocol';
import { sameSetting, valuesIn, type BoardSettings } from '../../../src/codec/settings/board-settings';
import type { Bus } from '../../../src/session/bus';
import type { Device } from '../../../src/session/device';
import type { JournalEntry, SettingsJournal } from '../../../src/session/settings/journal';
import type { SettingReport, SettingsFailure } from '../../../src/session/settings/report';
import type { AppliedSettings, SettingsProgress } from '../../../src/session/settings/requests';
import type { FakeClock } from '../fake-clock';
import { deviceOnLine, type LineOptions } from '../device-line';
import type { ScriptedLink } from '../scripted-link';
import { accessOf } from './settings-line';

/** A board on a line, as the tests see it from the outside. */
export interface BoardUnderTest {
  /** what it works with now */
  readonly ram: SettingsImage;
  /** what it works with after a restart */
  readonly flash: SettingsImage;
  /** What it answers. @param obeys whether it does what it acknowledges */
  answer(request: Buffer, obeys?: boolean): Buffer[];
  /** Whether a request writes a setting. */
  writes(request: Buffer): boolean;
  /** The answer that refuses a write. */
  refusal(request: Buffer): Buffer[];
  /** Takes no writes from now on, whatever password. */
  lock(): void;
  /** what the session knows of such a board from its readings; nothing that matters, when missing */
  readonly known?: object;
  /** whether it is in a mode that it must be taken out of */
  readonly isInMode: boolean;
}

/** What the line, or the board, makes of a request. */
export type Treatment = (
  request: Buffer,
  count: number,
) => 'serve' | 'lose the answer' | 'lose both' | 'lie' | Buffer[];

/** A journal in memory. */
export class MemoryJournal implements SettingsJournal {
  entry: JournalEntry | undefined;
  /** set to make it impossible to keep anything */
  fault: Error | undefined;

  begin(entry: JournalEntry): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    this.entry = entry;
    return Promise.resolve();
  }

  end(): Promise<void> {
    this.entry = undefined;
    return Promise.resolve();
  }
}

/** A device on a board, all of whose settings may be written. */
export class SettingsBench {
  readonly clock: FakeClock;
  readonly link: ScriptedLink;
  readonly bus: Bus;
  readonly device: Device;
  readonly journal = new MemoryJournal();
  readonly progress: SettingsProgress[] = [];
  treatment: Treatment = () => 'serve';
  /** requests since it was reset */
  count = 0;
  /** whether the next write of a setting resets it, and nothing is treated before */
  countsFromWrite = false;

  constructor(
    readonly protocol: Protocol,
    public board: BoardUnderTest,
    options: LineOptions = {},
  ) {
    const script = (request: Buffer, reply: (bytes: Buffer, delayMs?: number) => void): void => {
      for (const frame of this.answerTo(request)) reply(frame, 5);
    };
    const line = deviceOnLine({
      ...{ protocol, script, allowSettings: 'structure', allowExperimentalSettings: true },
      ...{ settingsJournal: this.journal, ...options },
    });
    ({ clock: this.clock, link: this.link, bus: this.bus, device: this.device } = line);
  }

  private answerTo(request: Buffer): Buffer[] {
    if (this.countsFromWrite && this.board.writes(request)) {
      this.count = 0;
      this.countsFromWrite = false;
    }
    const treatment = this.countsFromWrite ? 'serve' : this.treatment(request, ++this.count);
    if (Array.isArray(treatment)) return treatment;
    if (treatment === 'lose both') return [];
    const answer = this.board.answer(request, treatment !== 'lie');
    return treatment === 'lose the answer' ? [] : answer;
  }

  /** Writes settings and lets time pass until that has ended. @returns the outcome, or the error */
  apply(settings: unknown, confirm: unknown = ['write', 'structure', 'cells'], device = this.device) {
    this.count = 0;
    const progress = (step: SettingsProgress): void => void this.progress.push(step);
    return this.settled(device.applySettings({ action: 'write', settings, confirm, progress }));
  }

  /** Lets time pass until a promise is settled. @returns its value, or its error */
  async settled<T>(promise: Promise<T>): Promise<T | BmsError> {
    let result: { value: T | BmsError } | undefined;
    promise.then(
      (value) => (result = { value }),
      (error: unknown) => {
        if (!(error instanceof BmsError)) throw error;
        result = { value: error };
      },
    );
    for (let passed = 0; passed < 600_000; passed += 100) {
      if (result !== undefined) return result.value;
      await this.clock.tick(100);
    }
    throw new Error('not settled after ten minutes');
  }

  /** Ends everything. @returns timers that are left */
  async close(): Promise<number> {
    this.device.stop();
    const closed = this.bus.close();
    await this.clock.tick(10_000);
    await closed;
    return this.clock.timers;
  }

  /** The settings in an image of the board. */
  settings(image: SettingsImage): BoardSettings {
    return { access: accessOf(this.protocol), target: { address: 1, memory: this.board.known ?? {} }, image };
  }

  /** What an image of the board says, but for what the board counts. */
  valuesOf(image: SettingsImage): SettingValues {
    const { access, target } = this.settings(image);
    const parameters = access.parameters(target, image);
    return valuesIn(
      image,
      parameters.filter(({ key }) => settingInfo(key).class !== 'V'),
    );
  }
}

/** What the error of a failed write says of each setting. */
export function reportOf(outcome: AppliedSettings | BmsError): readonly SettingReport[] {
  return outcome instanceof BmsError ? ((outcome.cause as SettingsFailure | undefined)?.report ?? []) : [];
}

/** The keys in which two sets differ. */
export function differing(one: SettingValues, other: SettingValues): SettingKey[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)] as SettingKey[]);
  return [...keys].filter((key) => !sameSetting(one[key], other[key]));
}
