import { EventEmitter } from 'node:events';
import type { Node, NodeAPI } from 'node-red';
import { BmsError } from '../../src/battery/errors';
import type { Clock } from '../../src/clock';
import { controlSettings } from '../../src/runtime/settings/control-settings';
import { ControlUser, type ControlMessage } from '../../src/runtime/control-user';
import type { Battery } from '../../src/session/battery';
import type { ActionRequest } from '../../src/session/action-request';

/** A bms-control on a device or a bank, in simulated time: what it sends, and what it says went wrong. */
export class ControlNode {
  /** who asked for what has left at the output, and what was after */
  readonly sent: { requestedBy: string; after: unknown }[] = [];
  /** codes of the node's own errors */
  readonly errors: string[] = [];
  /** how messages have ended: `done`, or the code of an error, in the order of their endings */
  readonly endings: string[] = [];
  private readonly user: ControlUser;
  private readonly action: string;
  private readonly limits: Pick<ActionRequest, 'minIntervalMs' | 'maxAgeMs'>;

  constructor({ clock, device: battery }: { clock: Clock; device: Battery }, config: Record<string, unknown>) {
    const settings = controlSettings(config);
    const shared = { type: 'bms-device', battery, register: () => undefined, deregister: () => undefined };
    const RED = { nodes: { getNode: () => shared }, _: (key: string) => key };
    const node = Object.assign(new EventEmitter(), {
      status: () => undefined,
      debug: () => undefined,
      send: ({ payload }: ControlMessage) =>
        void this.sent.push({ requestedBy: payload.requestedBy, after: payload.after }),
      error: (error: unknown) => void this.errors.push(error instanceof BmsError ? error.code : String(error)),
    });
    const made = { RED: RED as unknown as NodeAPI, node: node as unknown as Node, deviceId: 'device', settings, clock };
    this.user = new ControlUser(made);
    this.action = settings.action;
    this.limits = { minIntervalMs: settings.minIntervalMs, maxAgeMs: settings.maxAgeMs };
  }

  /** A message comes. @returns its ending */
  say(value: unknown): Promise<string> {
    const { action, limits } = this;
    return this.user.carryOut(Promise.resolve({ action, value, ...limits }), 'message').then(
      () => this.ends('done'),
      (error: unknown) => this.ends(error instanceof BmsError ? error.code : String(error)),
    );
  }

  close(): void {
    this.user.close(true);
  }

  private ends(how: string): string {
    this.endings.push(how);
    return how;
  }
}
