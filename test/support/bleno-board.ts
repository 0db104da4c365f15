import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Exchange } from './vectors';

/** What is used of bleno, a library for devices that is installed for the tests with real services only. */
interface Bleno {
  on(event: 'accept' | 'disconnect', listener: (who: string) => void): void;
  waitForPoweredOnAsync(): Promise<void>;
  setServicesAsync(services: readonly object[]): Promise<void>;
  startAdvertisingAsync(name: string, services: readonly string[]): Promise<void>;
}

interface BlenoLibrary {
  withBindings(kind: 'hci', options: object): Bleno;
  PrimaryService: new (options: object) => object;
  Characteristic: (new (options: object) => { notify(data: Buffer): void }) & { RESULT_SUCCESS: number };
}

/** What the test hands to the process. */
export interface BlenoBoardData {
  /** the folder that bleno is installed in */
  home: string;
  /** serial port of the controller */
  port: string;
  name: string;
  exchanges: readonly Exchange[];
}

/** What the process tells: that it advertises, and who connects and goes. */
export type BlenoBoardMessage = 'advertising' | 'accept' | 'disconnect';

/**
 * A JBD module made with bleno, in a process of its own, which bleno never leaves by itself. It answers requests with
 * the notifications of a capture, each as long as it was; what was not captured is not answered.
 */
async function advertise({ home, port, name, exchanges }: BlenoBoardData): Promise<void> {
  const library = createRequire(join(home, 'package.json'))('@stoprocent/bleno') as BlenoLibrary;
  const { Characteristic, PrimaryService } = library;
  const answers = new Map(exchanges.map(({ tx, rx }) => [tx, rx]));
  const speaking = new Characteristic({ uuid: 'ff01', properties: ['notify'] });
  const listening = new Characteristic({
    uuid: 'ff02',
    properties: ['write', 'writeWithoutResponse'],
    onWriteRequest(_: unknown, data: Buffer, __: number, ___: boolean, done: (result: number) => void) {
      done(Characteristic.RESULT_SUCCESS);
      for (const piece of answers.get(data.toString('hex')) ?? []) speaking.notify(Buffer.from(piece, 'hex'));
    },
  });
  const bleno = library.withBindings('hci', { hciDriver: 'uart', bindParams: { uart: { port, baudRate: 1_000_000 } } });
  bleno.on('accept', () => say('accept'));
  bleno.on('disconnect', () => say('disconnect'));
  await bleno.waitForPoweredOnAsync();
  await bleno.setServicesAsync([new PrimaryService({ uuid: 'ff00', characteristics: [speaking, listening] })]);
  await bleno.startAdvertisingAsync(name, ['ff00']);
  say('advertising');
}

function say(message: BlenoBoardMessage): void {
  process.send?.(message);
}

process.once('message', (data) => void advertise(data as BlenoBoardData));
process.on('disconnect', () => process.exit());
