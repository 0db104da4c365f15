import assert from 'node:assert/strict';
import type { BmsError } from '../../src/battery/errors';
import type { Channel, ChannelEvents } from '../../src/link/link';

/** The basic read of JBD boards. */
export const READ = Buffer.from('dda50300fffd77', 'hex');

/** Collects what a channel tells, and lets a test wait for it. */
export class Ear implements ChannelEvents {
  readonly pieces: Buffer[] = [];
  readonly closings: Error[] = [];
  wasOrderly: boolean | undefined;
  private wake: () => void = () => undefined;

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }

  get hex(): string {
    return this.bytes.toString('hex');
  }

  data(bytes: Buffer): void {
    this.pieces.push(bytes);
    this.wake();
  }

  closed(cause: Error, isOrderly?: boolean): void {
    this.closings.push(cause);
    this.wasOrderly = isOrderly;
    this.wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** @returns all that was said, as soon as it is this much */
  async heard(count: number): Promise<Buffer> {
    await this.until(() => this.bytes.length >= count);
    return this.bytes;
  }

  clear(): void {
    this.pieces.length = 0;
  }

  /** Asks a JBD board for its basic values. @returns its answer, when it is whole */
  async ask(channel: Channel): Promise<Buffer> {
    this.clear();
    await channel.write(READ);
    await this.until(() => this.bytes.length > 3 && this.bytes.length >= 7 + this.bytes.readUInt8(3));
    return this.bytes;
  }
}

/** Why something does not open. */
export function failureOf(attempt: Promise<unknown>): Promise<BmsError> {
  return attempt.then(
    () => assert.fail('It has opened'),
    (error: unknown) => error as BmsError,
  );
}
