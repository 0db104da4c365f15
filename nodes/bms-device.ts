import type { NodeAPI, NodeDef } from 'node-red';
import { BmsError, toBmsError } from '../src/battery/errors';
import type { Identity } from '../src/battery/identity';
import { printable } from '../src/battery/quoted';
import { say } from '../src/battery/sentence';
import { systemClock } from '../src/clock';
import { protocols } from '../src/codec';
import { serveDialogAction, serveDialogs } from '../src/runtime/dialogs/admin-endpoints';
import { serveSettings } from '../src/runtime/dialogs/settings-endpoints';
import {
  connectionNode,
  type BmsConnectionNode,
  type BmsDeviceNode,
  type DeviceCredentials,
} from '../src/runtime/bms-nodes';
import { DeviceNames, type TakenName } from '../src/runtime/device-names';
import { addressSearch, packTest, unfinishedReports } from '../src/runtime/loaded-late';
import { deviceSettings } from '../src/runtime/settings/device-settings';
import { textProperty, type Config } from '../src/runtime/settings/properties';
import { PollPhases } from '../src/runtime/poll-phases';
import { DeviceJournal } from '../src/runtime/settings-files/device-journal';
import { SettingsFolder } from '../src/runtime/settings-files/settings-folder';
import { reportProblem } from '../src/runtime/status';
import { recallInTime } from '../src/runtime/recall-limit';
import { choiceOf, foundBoards, knownBoards } from '../src/runtime/remembered';
import { RefCount } from '../src/runtime/ref-count';
import { Device, type DeviceOptions } from '../src/session/device';

export = function (RED: NodeAPI): void {
  const phases = new PollPhases();
  const names = new DeviceNames();

  function BmsDevice(this: BmsDeviceNode, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    this.config = config;
    const connection = connectionNode(RED.nodes, config['connection']);
    const { phase: pollPhase, release: releasePhase } = phases.take();
    let named: TakenName | undefined;
    let stopReport = (): void => undefined;
    try {
      const settings = deviceSettings(config);
      named = names.take(settings, connection?.name || connection?.bus?.name || '');
      // Without a password Node-RED gives no credentials at all, whatever their type says.
      const credentials = this.credentials as Partial<DeviceCredentials> | undefined;
      const journal = new DeviceJournal(new SettingsFolder(RED.settings.userDir), this.id, (reason) =>
        this.warn(reason),
      );
      const own = { name: named.name, pollPhase, password: credentials?.password ?? '', settingsJournal: journal };
      this.battery = makeDevice({ ...settings, ...own }, connection);
      if (journal.isUnfinished) stopReport = unfinishedReports().reportUnfinished(RED, this, this.battery, journal);
    } catch (error) {
      const problem = toBmsError(error);
      this.problem = problem;
      // A connection that cannot be used reports its own problem.
      if (problem !== connection?.problem) reportProblem(RED, this, problem);
    }
    const { battery: device } = this;
    const users = new RefCount(
      () => device?.start(),
      () => device?.stop(),
    );
    this.users = users.byId;
    connection?.devices.add(this);

    const choice = choiceOf(config, connection?.destination);
    this.choice = choice;
    foundBoards.recall(this, choice, (found) => {
      if (found !== undefined) device?.remember(found);
    });
    const stopRecall = recallKnown(this, choice);
    device?.guard.learnt.subscribe((identity) => knownBoards.keep(this, choice, identity));
    device?.found.subscribe((found) => {
      foundBoards.keep(this, choice, found);
      if (textProperty(config, 'protocol') === found.protocol.id) return;
      const { id, label } = found.protocol;
      const protocol = RED._(`bms-device.protocol.${id}`, { defaultValue: label });
      this.log(RED._('bms-device.log.found', { name: printable(device.name), protocol }));
    });

    device?.stateDenied.subscribe(({ reading: { state = '', current = 0 } }) => {
      this.warn(RED._('bms-device.log.stateDenied', { name: device.name, state, current: `${current}` }));
    });

    device?.disturbed.subscribe((line) => this.warn(RED._('bms-device.log.disturbed', { name: device.name, line })));

    device?.back.subscribe(() => this.log(RED._('bms-device.log.back', { name: printable(device.name) })));

    this.register = (user) => {
      // The device first, so that it sees every state of the line.
      users.add(user);
      connection?.register(user);
    };
    this.borrow = () => {
      const loans = [users.borrow(), ...(connection ? [connection.borrow()] : [])];
      return async () => {
        for (const end of loans) await end();
      };
    };
    this.deregister = (user, removed) => {
      users.remove(user, removed);
      connection?.deregister(user, removed);
    };

    this.on('close', (removed: boolean, done: () => void) => {
      users.close();
      connection?.devices.delete(this);
      device?.stop();
      stopRecall();
      stopReport();
      releasePhase();
      named?.release();
      if (removed) for (const memory of [foundBoards, knownBoards]) memory.forget(this);
      done();
    });
  }

  /** Recalls the known board of a device; switching waits for it, up to a limit. @returns cancels the wait */
  function recallKnown(node: BmsDeviceNode, choice: string): () => void {
    const { battery: device } = node;
    if (device === undefined) return () => undefined;
    let stop: () => void = () => undefined;
    const known = new Promise<Identity | undefined>((resolve) => {
      const settle = (identity: Identity | undefined, isLate: boolean): void => {
        if (isLate) node.warn(RED._('bms-device.log.notRecalled', { name: printable(device.name) }));
        resolve(identity);
      };
      const timer = recallInTime<Identity>(systemClock, (answer) => knownBoards.recall(node, choice, answer), settle);
      stop = () => timer.cancel();
    });
    void device.guard.recall(known);
    return stop;
  }

  function makeDevice(settings: Omit<DeviceOptions, 'bus' | 'clock'>, connection: BmsConnectionNode | null): Device {
    if (connection === null) {
      throw new BmsError('not_found', say`Choose a connection in the properties of device ${settings.name}.`);
    }
    const { bus } = connection;
    if (bus === undefined) throw connection.problem ?? new BmsError('bad_value', say`The connection cannot be used.`);
    return new Device({ ...settings, bus, clock: systemClock });
  }

  RED.nodes.registerType<BmsDeviceNode, NodeDef & Config, unknown, DeviceCredentials>('bms-device', BmsDevice, {
    credentials: { password: { type: 'password' } },
  });
  serveDialogs(RED, 'protocols', 'bms-device.read', () =>
    Promise.resolve(
      protocols().map(({ id, label, address, actions = [] }) => ({
        ...{ id, label, address: address ?? null },
        actions: actions.map(({ name, input, dangerous = false }) => ({ name, input, dangerous })),
      })),
    ),
  );
  // It sends requests to every address of a line.
  serveDialogAction(RED, 'addresses', 'bms-device.write', (request) =>
    addressSearch().searchAddresses(RED.nodes, request),
  );
  // It may open any line that the request names: only for users who may deploy one.
  serveDialogAction(RED, 'test', 'bms-device.write', async (request, language) => {
    const { reading, ...rest } = await packTest().testPack(RED, request);
    return { ...rest, reading: { ...reading, ...(reading.alarms && { alarms: language.alarms(reading.alarms) }) } };
  });
  serveDialogAction(RED, 'accept', 'bms-device.write', (request) => packTest().acceptTested(RED.nodes, request));
  serveSettings(RED);
};
