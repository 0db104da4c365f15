import type { NodeAPI, NodeDef } from 'node-red';
import { onFault, toBmsError, type BmsError } from '../src/battery/errors';
import { systemClock } from '../src/clock';
import { FrameLog, LogBudget } from '../src/link/frame-log';
import { listSerialPorts } from '../src/link/serial-ports';
import { serveDialogAction, serveDialogs } from '../src/runtime/dialogs/admin-endpoints';
import type { BmsConnectionNode } from '../src/runtime/bms-nodes';
import { forgetModes, keepModes, recallModes } from '../src/runtime/kept-modes';
import { serverLanguage, type Language } from '../src/runtime/languages';
import { bluetoothSearch, recorders, recordingRequests } from '../src/runtime/loaded-late';
import { baudRateOf, destinationOf, isOnDemand, lineOf, makeLink } from '../src/runtime/settings/links';
import type { Config } from '../src/runtime/settings/properties';
import { reportProblem } from '../src/runtime/status';
import { RefCount } from '../src/runtime/ref-count';
import { Bus } from '../src/session/bus';

/** For the log: what went wrong in this package, and where. */
function faultReport(language: Language, { sentence, cause }: BmsError): string {
  const message = language.text(sentence);
  return cause instanceof Error && cause.stack !== undefined ? `${message}\n${cause.stack}` : message;
}

export = function (RED: NodeAPI): void {
  const budget = new LogBudget();

  function BmsConnection(this: BmsConnectionNode, config: NodeDef & Config): void {
    RED.nodes.createNode(this, config);
    this.config = config;
    this.devices = new Set();
    try {
      this.destination = destinationOf(config);
      this.line = lineOf(config);
      const link = makeLink(config, systemClock, RED.settings.userDir);
      const options = { link, baudRate: baudRateOf(config), onDemand: isOnDemand(config), clock: systemClock };
      const log = new FrameLog(systemClock, budget);
      this.recorder = recorders().recorderOf(RED, this, log);
      this.bus = new Bus({ ...options, log });
    } catch (error) {
      this.problem = toBmsError(error);
      reportProblem(RED, this, this.problem);
    }
    const { bus } = this;
    bus?.changed.subscribe((state) => this.debug(`${bus.name}: ${state.phase}`));
    bus?.remarks.subscribe((remark) => this.warn(serverLanguage(RED).text(remark)));
    const { destination } = this;
    if (bus !== undefined && destination !== undefined) {
      recallModes(this, destination, (modes) => bus.modes.recall(modes));
      bus.modes.changed.subscribe((modes) => keepModes(this, destination, modes));
    }

    const users = new RefCount(
      () => bus?.open(),
      () => bus?.release(),
    );
    this.users = users.byId;
    this.register = (user) => users.add(user);
    this.deregister = (user, removed) => users.remove(user, removed);
    this.borrow = () => users.borrow();

    this.on('close', (removed: boolean, done: () => void) => {
      users.close();
      const closed = (): void => {
        this.recorder?.close();
        if (removed) forgetModes(this);
        done();
      };
      if (bus === undefined) closed();
      else void bus.close().then(closed);
    });
  }

  onFault((fault) => RED.log.error(faultReport(serverLanguage(RED), fault)));
  RED.nodes.registerType('bms-connection', BmsConnection);
  serveDialogs(RED, 'serial-ports', 'bms-connection.read', () => listSerialPorts());
  serveDialogAction(RED, 'report', 'bms-connection.write', (request) =>
    recordingRequests().reportOf(RED.nodes, request),
  );
  serveDialogAction(RED, 'record', 'bms-connection.write', (request) =>
    recordingRequests().recordOf(RED.nodes, request),
  );
  serveDialogAction(RED, 'bluetooth', 'bms-connection.write', (request) => bluetoothSearch().searchBluetooth(request));
};
