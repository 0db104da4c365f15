import type { NodeAPI, NodeDef } from 'node-red';
import { BankRun } from '../src/runtime/bank-run';
import type { BmsBankNode } from '../src/runtime/bms-nodes';
import { DeviceNames } from '../src/runtime/device-names';
import { PersistedValue } from '../src/runtime/persisted-value';
import { textProperty, type Config } from '../src/runtime/settings/properties';

export = function (RED: NodeAPI): void {
  const names = new DeviceNames();
  /** packs that were taken out, shares of the current, what is held of lost packs */
  const kept = new PersistedValue<object>({
    key: 'bank',
    write: (stored) => stored,
    read: (stored) => (typeof stored === 'object' && stored !== null ? stored : undefined),
  });

  function BmsBank(this: BmsBankNode, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    const named = names.take({ name: textProperty(config, 'name'), protocol: undefined, address: undefined }, 'Bank');
    const run = new BankRun({ RED, node: this, config, name: named.name, kept });
    Object.defineProperties(this, {
      battery: { get: () => run.bank },
      problem: { get: () => run.problem },
    });
    this.users = run.users.byId;
    this.register = (user) => run.register(user);
    this.deregister = (user, removed) => run.deregister(user, removed);
    this.borrow = () => run.borrow();

    const onStarted = (): void => run.flowsStarted();
    RED.events.on('flows:started', onStarted);
    this.on('close', (removed: boolean, done: () => void) => {
      RED.events.off('flows:started', onStarted);
      run.close();
      named.release();
      if (removed) kept.forget(this);
      done();
    });
  }

  RED.nodes.registerType('bms-bank', BmsBank);
};
