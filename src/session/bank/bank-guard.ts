import type { Identity } from '../../battery/identity';
import type { BmsError } from '../../battery/errors';
import type { BoardWatch } from '../battery';
import type { OtherBoard } from '../board-guard';
import type { Device } from '../device';
import { Signal } from '../signal';

/** Notices when another board answers as a pack of a bank; the error names the pack. */
export class BankGuard implements BoardWatch {
  readonly changed = new Signal<OtherBoard | undefined>();
  private readonly found = new WeakMap<OtherBoard, Device>();

  constructor(private readonly devices: readonly Device[]) {}

  /** Begins to watch. @returns ends it */
  watch(): () => void {
    const unsubscribes = this.devices.map(({ guard }) =>
      guard.changed.subscribe(() => this.changed.emit(this.otherBoard)),
    );
    return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
  }

  get otherBoard(): OtherBoard | undefined {
    const device = this.devices.find(({ guard }) => guard.otherBoard !== undefined);
    const other = device?.guard.otherBoard;
    if (device === undefined || other === undefined) return undefined;
    this.found.set(other, device);
    return other;
  }

  errorOf(other: OtherBoard): BmsError {
    const device = this.found.get(other) ?? this.devices[0];
    if (device === undefined) throw new Error('a bank has packs');
    return device.guard.errorOf(other);
  }

  /** Takes every board that answers in the place of the known one for the right one. @returns one of them */
  accept(): Identity | undefined {
    let accepted: Identity | undefined;
    for (const device of this.devices) accepted = device.acceptBoard() ?? accepted;
    return accepted;
  }
}
