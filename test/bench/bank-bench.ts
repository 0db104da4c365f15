import { BankLine } from '../support/bank-line';
import { median } from './figures';

const PACKS = [1, 4, 16];
const ROUNDS = 5;
const WARM_UP_MS = 60_000;
const MEASURED_MS = 120_000;

export interface BankRow {
  packs: number;
  /** of one core in real time, by the devices alone, and what the bank adds */
  devicesPercent: number;
  bankPercent: number;
  /** readings of the bank in a second */
  messages: number;
}

/** CPU that so many packs take, polled each second, in fake time. @returns % of one core in real time */
async function cpuOf(packs: number, hasBank: boolean): Promise<{ percent: number; messages: number }> {
  const boards = Array.from({ length: packs }, () => ({ device: { pollIntervalMs: 1000 } }));
  const line = new BankLine({ boards });
  if (!hasBank) line.bank.stop();
  await line.clock.tick(WARM_UP_MS);
  const before = line.snapshots.length;
  const start = process.cpuUsage();
  await line.clock.tick(MEASURED_MS);
  const { user, system } = process.cpuUsage(start);
  const messages = ((line.snapshots.length - before) * 1000) / MEASURED_MS;
  await line.close();
  return { percent: (user + system) / 10 / MEASURED_MS, messages };
}

/** Measures what a bank costs beside its packs, and prints the table. */
export async function benchBank(): Promise<BankRow[]> {
  const rows: BankRow[] = [];
  for (const packs of PACKS) {
    const alone: number[] = [];
    const added: number[] = [];
    let messages = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const devices = await cpuOf(packs, false);
      const bank = await cpuOf(packs, true);
      alone.push(devices.percent);
      added.push(bank.percent - devices.percent);
      messages = bank.messages;
    }
    rows.push({ packs, devicesPercent: median(alone), bankPercent: median(added), messages });
  }
  console.log(
    '\nA bank of simulated packs, polled each second. CPU in % of one core: of the packs alone, and what the bank adds.',
  );
  console.table(
    rows.map(({ packs, devicesPercent, bankPercent, messages }) => ({
      packs,
      'packs alone %': devicesPercent.toFixed(2),
      'bank adds %': bankPercent.toFixed(2),
      'messages/s': messages.toFixed(2),
    })),
  );
  return rows;
}
