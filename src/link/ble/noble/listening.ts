import type { BmsError } from '../../../battery/errors';
import type { Listening, Peripheral } from '../peripheral';
import { finished } from './calls';
import { NobleDevice } from './device';
import { forget, forgetHalfHeard } from './noble-private';
import type { Noble, NoblePeripheral } from './noble';

/** How the library listens. */
export class NobleListening implements Listening {
  private onStop: () => void = () => undefined;

  constructor(
    private readonly noble: Noble,
    private readonly deviceOf: (peripheral: NoblePeripheral) => NobleDevice,
    /** the controller has not done what it was told */
    readonly refused: () => BmsError,
  ) {}

  onDiscover(listener: (peripheral: Peripheral) => void): void {
    this.noble.on('discover', (peripheral: NoblePeripheral) => listener(this.deviceOf(peripheral)));
  }

  begin(begun: () => void): Promise<void> {
    return finished((done) =>
      this.noble.startScanning([], true, (error) => {
        // At once, as the first advertisements may have come in the same breath.
        if (!error) begun();
        done(error);
      }),
    );
  }

  end(): Promise<void> {
    return new Promise((resolve) => this.noble.stopScanning(() => resolve()));
  }

  /** The library believes to listen although the controller has never said so, and would not begin again. */
  reset(): Promise<void> {
    const { noble } = this;
    return new Promise((resolve) => {
      let isAnswer = false;
      noble.removeListener('scanStop', this.onStop);
      this.onStop = (): void => {
        // What it says by itself comes first.
        if (!isAnswer) return;
        noble.removeListener('scanStop', this.onStop);
        resolve();
      };
      noble.on('scanStop', this.onStop);
      noble.stopScanning();
      isAnswer = true;
    });
  }

  forget(device: Peripheral): void {
    if (device instanceof NobleDevice && device.isAtRest) forget(this.noble, device.id, device.address);
  }

  forgetHalfHeard(): void {
    forgetHalfHeard(this.noble);
  }
}
