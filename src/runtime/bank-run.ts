import type { Node, NodeAPI } from 'node-red';
import { toBmsError, type BmsError } from '../battery/errors';
import { systemClock } from '../clock';
import { Bank } from '../session/bank';
import { bankMembers, type BankMembers } from './bank-members';
import { deviceNode, type BmsBankNode, type BmsDeviceNode } from './bms-nodes';
import { serverLanguage } from './languages';
import type { PersistedValue } from './persisted-value';
import { recallInTime } from './recall-limit';
import { RefCount } from './ref-count';
import { bankSettings, type BankNodeSettings } from './settings/bank-settings';
import type { Config } from './settings/properties';
import { reportProblem } from './status';
import { ThrottledValue } from './throttled-value';

export interface BankRunOptions {
  readonly RED: NodeAPI;
  readonly node: BmsBankNode;
  readonly config: Config;
  readonly name: string;
  /** what outlives a deploy: checked by the bank that takes it up */
  readonly kept: PersistedValue<object>;
}

/** What a bms-bank makes of its properties. */
interface Made {
  readonly bank?: Bank;
  readonly problem?: BmsError;
  readonly members: BankMembers;
}

/**
 * The bank of a bms-bank, while its node lives. It is made when it is asked for: Node-RED makes the nodes of its devices first
 * only where a property of its own refers to each, which a flow made by hand may lack.
 */
export class BankRun {
  readonly users: RefCount;
  private readonly store: ThrottledValue<object>;
  private readonly registered = new Map<string, Node>();
  private present: Made | undefined;
  private stopRecall: () => void = () => undefined;

  constructor(private readonly options: BankRunOptions) {
    const { node, kept } = options;
    this.store = new ThrottledValue(kept, node, systemClock);
    this.users = new RefCount(
      () => this.bank?.start(),
      () => this.bank?.stop(),
    );
  }

  get bank(): Bank | undefined {
    return this.made.bank;
  }

  get problem(): BmsError | undefined {
    return this.made.problem;
  }

  /** Uses the bank, and with it each of its devices. */
  register(user: Node): void {
    const { nodes } = this.made.members;
    // The bank first, so that it sees every state of its devices.
    this.users.add(user);
    this.registered.set(user.id, user);
    for (const device of nodes) device.register(user);
  }

  /** @param removed whether the user is gone for good */
  deregister(user: Node, removed: boolean): void {
    this.users.remove(user, removed);
    this.registered.delete(user.id);
    for (const device of this.made.members.nodes) device.deregister(user, removed);
  }

  borrow(): () => Promise<void> {
    const loans = [this.users.borrow(), ...this.made.members.nodes.map((device) => device.borrow())];
    return async () => {
      for (const end of loans) await end();
    };
  }

  /** All flows run: reports what is wrong, also without a user, and follows devices that were deployed without the bank. */
  flowsStarted(): void {
    const { bank, members } = this.made;
    const { RED } = this.options;
    const isSame = members.nodes.every((device) => RED.nodes.getNode(device.id) === device);
    if (bank !== undefined && !isSame) this.follow(bank, members);
  }

  close(): void {
    this.users.close();
    this.present?.bank?.stop();
    this.stopRecall();
    this.store.close();
  }

  private get made(): Made {
    this.present ??= this.make();
    return this.present;
  }

  private make(): Made {
    const { RED, node, name } = this.options;
    let nodes: readonly BmsDeviceNode[] = [];
    try {
      const settings = this.settings();
      nodes = settings.packs.flatMap(({ deviceId }) => deviceNode(RED.nodes, deviceId) ?? []);
      const members = bankMembers(RED.nodes, settings);
      const { intervalMs, choices } = settings;
      const bank = new Bank({ name, members: members.members, choices, intervalMs, clock: systemClock });
      this.recall(bank);
      return { bank, members };
    } catch (error) {
      const problem = toBmsError(error);
      // A device that cannot be used reports its own problem.
      if (!nodes.some((device) => device.problem === problem)) reportProblem(RED, node, problem);
      return { problem, members: { members: [], nodes } };
    }
  }

  private settings(): BankNodeSettings {
    return bankSettings(this.options.config);
  }

  /** Takes up what an earlier run has kept; only then keeps what becomes of it. */
  private recall(bank: Bank): void {
    const { RED, node, kept } = this.options;
    const settle = (stored: object | undefined, isLate: boolean): void => {
      if (isLate) node.warn(RED._('@openbms/node-red-bms/bms-bank:bms-bank.log.notRecalled', { name: bank.name }));
      if (stored !== undefined) bank.resume(stored);
      bank.kept.subscribe((change) => {
        this.store.keep(change.stored);
        if (change.isUrgent) this.store.flush();
      });
    };
    const timer = recallInTime<object>(systemClock, (answer) => kept.recall(node, answer), settle);
    this.stopRecall = () => timer.cancel();
  }

  private follow(bank: Bank, before: BankMembers): void {
    const { RED, node } = this.options;
    try {
      const members = bankMembers(RED.nodes, this.settings());
      bank.follow(members.members.map(({ device }) => device));
      this.present = { bank, members };
      const fresh = members.nodes.filter((device) => !before.nodes.includes(device));
      for (const user of this.registered.values()) for (const device of fresh) device.register(user);
    } catch (error) {
      bank.stop();
      node.error(serverLanguage(RED).error(toBmsError(error)), {});
    }
  }
}
