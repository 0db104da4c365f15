import { toBmsError, type BmsError } from '../battery/errors';
import type { Protocol } from '../codec/protocol';
import { isRefusal } from '../codec/kit/refusal';
import type { Bus } from './bus';
import type { Pace } from './line-needs';
import { ScriptRunner } from './script-runner';

export interface LoginOptions {
  bus: Bus;
  protocol: Protocol;
  /** the protocol's, with the user's own time-out */
  profile: Pace;
  /** '' when the user has set none */
  password: string;
}

/** Modules that answer at all answer at once. */
const RETRIES = 1;

/** Where the user has set no password; with one, the module is known to want it. */
const TRIES_BEFORE = 2;

/** Logs in at a radio module that lets nothing through to its board before, once per connection. */
export class Login {
  private tried = false;
  private opened = false;
  private refused: BmsError | undefined;

  constructor(private readonly options: LoginOptions) {}

  /** To be called on a new connection. */
  reset(): void {
    this.resume();
    this.refused = undefined;
  }

  /** To be called in standby: what was refused is not sent again and again. */
  resume(): void {
    this.tried = false;
  }

  /** @throws BmsError the module's refusal, when it has refused: nothing comes through until the next connection */
  check(): void {
    if (this.refused !== undefined) throw this.refused;
  }

  /** Whether it is still to be tried on this connection. */
  get isUntried(): boolean {
    const { bus, protocol } = this.options;
    return !this.tried && bus.isRadio && protocol.ble?.login !== undefined;
  }

  /** How often the module is asked in vain until it may be one that wants its password first. */
  get triesBefore(): number {
    return this.options.password === '' ? TRIES_BEFORE : 1;
  }

  /** Whether the module has taken the password before, so that it will let nothing through without it. */
  get isWanted(): boolean {
    return this.opened && this.isUntried;
  }

  /**
   * To be called when the board does not answer, or `isWanted`.
   * @returns whether it may answer now
   * @throws BmsError the module's refusal; what keeps the line from being used
   */
  async attempt(): Promise<boolean> {
    const { bus, protocol, profile, password } = this.options;
    const { address: mac, manufacturerData } = bus.otherEnd;
    const script = bus.isRadio ? protocol.ble?.login?.({ mac, manufacturerData, password }) : undefined;
    if (script === undefined || this.tried) return false;
    this.tried = true;
    const runner = new ScriptRunner({ bus, protocol, profile: { ...profile, retries: RETRIES }, priority: 'control' });
    try {
      await runner.run(script);
      this.opened = runner.acted;
      return true;
    } catch (thrown) {
      const error = toBmsError(thrown);
      // A module of another kind; or one that has taken the password without a word.
      if (['timeout', 'checksum', 'malformed'].includes(error.code)) return runner.acted;
      if (isRefusal(error)) this.refused = error;
      throw error;
    }
  }

  /** Whether an error is the module's no. */
  isRefusal(error: BmsError): boolean {
    return error === this.refused;
  }
}
