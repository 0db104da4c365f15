import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { PROTOCOLS } from '../../src/codec/registry';
import type { Protocol } from '../../src/codec/protocol';
import { benchBank } from './bank-bench';
import { benchBluetooth } from './ble-bench';
import { benchCodec, benchStraight } from './codec-bench';
import { benchLimits } from './limits-bench';
import { benchReadings } from './reading-bench';
import { benchScale } from './scale-bench';
import { benchSettings } from './settings-bench';
import { benchStart } from './start-bench';
import { benchWire } from './wire-bench';

/** What the command line asks for. */
interface Wanted {
  parts: Set<string>;
  protocols: readonly Protocol[];
  /** numbers of packs; the usual ones when missing */
  sizes?: number[];
}

interface Part {
  /** the word of the command line */
  word: string;
  /** the keys under which the results stand in the file */
  run: Readonly<Record<string, (wanted: Wanted) => unknown>>;
}

const PARTS: readonly Part[] = [
  { word: 'wire', run: { wire: ({ protocols }) => benchWire(protocols) } },
  {
    word: 'decode',
    run: {
      codec: ({ protocols }) => benchCodec(protocols),
      straight: ({ protocols }) => benchStraight(protocols),
      readings: ({ protocols }) => benchReadings(protocols),
    },
  },
  { word: 'settings', run: { settings: ({ protocols }) => benchSettings(protocols) } },
  { word: 'bank', run: { bank: () => benchBank() } },
  { word: 'scale', run: { scale: ({ sizes }) => benchScale(sizes) } },
  { word: 'start', run: { start: () => benchStart() } },
  { word: 'ble', run: { ble: () => benchBluetooth() } },
  { word: 'limits', run: { limits: () => benchLimits() } },
];

/** Of protocols alone, what there is of each. */
const OF_PROTOCOLS = ['wire', 'decode', 'settings'];

const RESULTS = join(process.cwd(), '.cache', 'bench.json');

/** @param words names of parts, ids of protocols, numbers of packs; everything, when there are none */
function wantedOf(words: readonly string[]): Wanted {
  const parts = PARTS.map(({ word }) => word).filter((word) => words.includes(word));
  const protocols = PROTOCOLS.filter(({ id }) => words.includes(id));
  const sizes = words.map(Number).filter((size) => Number.isInteger(size) && size > 0);
  const unknown = words.length - parts.length - protocols.length - sizes.length;
  if (unknown > 0) {
    const known = [...PARTS.map(({ word }) => word), ...PROTOCOLS.map(({ id }) => id)].join(', ');
    throw new Error(`Say some of ${known}, numbers of packs, or nothing for all.`);
  }
  const usual = protocols.length > 0 ? OF_PROTOCOLS : PARTS.map(({ word }) => word);
  return {
    parts: new Set(parts.length > 0 ? parts : sizes.length > 0 ? ['scale'] : usual),
    protocols: protocols.length > 0 ? protocols : PROTOCOLS,
    ...(sizes.length > 0 && { sizes }),
  };
}

/** Writes the rows of one part; those of the others stay as they were measured last. */
function keep(key: string, rows: unknown): void {
  const before = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as unknown) : {};
  const parts = Array.isArray(before) ? {} : before;
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length };
  const result = { measuredAt: new Date().toISOString(), ...machine, rows };
  mkdirSync(join(RESULTS, '..'), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify({ ...(parts as object), [key]: result }, null, 2)}\n`);
}

async function main(): Promise<void> {
  const wanted = wantedOf(process.argv.slice(2));
  for (const { word, run } of PARTS) {
    if (!wanted.parts.has(word)) continue;
    for (const [key, measure] of Object.entries(run)) keep(key, await measure(wanted));
  }
  console.log(`\nAll figures: ${RESULTS}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
