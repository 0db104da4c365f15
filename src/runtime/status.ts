import type { Node, NodeAPI, NodeStatus } from 'node-red';
import type { BankReading } from '../battery/bank/reading';
import { round } from '../battery/derive';
import type { BmsError } from '../battery/errors';
import { systemClock } from '../clock';
import type { Snapshot } from '../session/device';
import { serverLanguage } from './languages';

/** Texts that all nodes share; a node's own catalogue is the default, so the name of this one is said. */
export const TEXTS = '@openbms/node-red-bms/bms-device:bms-device';

/** A node's status, sent to the editor only when it changes. */
export class Status {
  private shown = '';

  constructor(private readonly node: Node) {}

  /** Shows what differs from what is shown; `{}` clears. */
  show(status: NodeStatus): void {
    const key = JSON.stringify(status);
    if (key === this.shown) return;
    this.shown = key;
    this.node.status(status);
  }
}

/** An error in a few words, for the canvas. */
export function reasonOf(RED: NodeAPI, { code, word }: BmsError): string {
  return RED._(`${TEXTS}.status.${word ?? code}`);
}

/** How a battery is whose last reading is the present state: the figures; of a bank that lacks packs, also how many it has. */
export function freshStatus(RED: Pick<NodeAPI, '_'>, last: Snapshot): NodeStatus {
  const { degraded, packsOnline, packCount, voltage, soc } = last.reading as BankReading;
  if (degraded !== true || packsOnline === undefined || packCount === undefined) return figures(last);
  const packs = RED._(`${TEXTS}.status.degraded`, { online: `${packsOnline}`, count: `${packCount}` });
  // Without the current, which no longer fits.
  const { text } = figures({ ...last, reading: { voltage, soc } });
  return { fill: 'yellow', shape: 'dot', text: [packs, text].filter(Boolean).join(', ') };
}

/** Voltage, state of charge and current, as far as known, short enough for the canvas. */
export function figures({ reading }: Snapshot): NodeStatus {
  const { voltage, soc, current } = reading;
  const parts = [
    voltage === undefined ? '' : `${voltage.toFixed(1)} V`,
    soc === undefined ? '' : `${Math.round(soc)} %`,
    current === undefined ? '' : `${round(current, 1).toFixed(1)} A`,
  ];
  return { fill: 'green', shape: 'dot', text: parts.filter((part) => part !== '').join(' ') };
}

/**
 * Reports why a node cannot work as it is set up, once for each deploy. Not while it is made: the Catch nodes of its flow,
 * and the nodes that use it, come to life later.
 */
export function reportProblem(RED: Pick<NodeAPI, '_'>, node: Node, problem: BmsError): void {
  const timer = systemClock.after(0, () => node.error(serverLanguage(RED).error(problem), {}));
  node.on('close', (_removed: boolean, done: () => void) => {
    timer.cancel();
    done();
  });
}
