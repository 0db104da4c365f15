import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed } from '../support/node-red';
import { median } from './figures';

const ROUNDS = 9;

const MIB = 1024 ** 2;

/** What a Node-RED without any BMS node in its flow tells when its flows have started. */
interface Started {
  /** of the process, since its beginning, ms */
  wallMs: number;
  cpuMs: number;
  rss: number;
  heapUsed: number;
  /** native modules of Node.js */
  native: string[];
  /** libraries of lines that only a connection may load */
  libraries: string[];
}

export interface StartRow {
  /** of Node-RED alone, medians */
  wallMs: number;
  cpuMs: number;
  rssMib: number;
  heapMib: number;
  /** what the package adds: medians of the differences of neighbouring starts */
  addedWallMs: number;
  addedCpuMs: number;
  addedRssMib: number;
  addedHeapMib: number;
  /** native modules and libraries that are loaded with it and not without it */
  loaded: string[];
}

/**
 * Lines of the settings file: a log that looks for the end of the start. It runs inside Node-RED, so that neither the
 * start of the process nor what comes through a pipe is part of the figures.
 */
const SETTINGS = `
  logging: {
    console: { level: 'info' },
    bench: {
      level: 'info',
      handler: () => (entry) => {
        if (String(entry.msg) !== 'Started flows') return;
        const wallMs = performance.now();
        const { user, system } = process.cpuUsage();
        const { rss, heapUsed } = process.memoryUsage();
        process.report.excludeNetwork = true;
        const native = process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'));
        const libraries = Object.keys(require.cache).filter((path) => /serialport|noble|dbus-next/.test(path));
        const cpuMs = (user + system) / 1000;
        console.log('bench ' + JSON.stringify({ wallMs, cpuMs, rss, heapUsed, native, libraries }));
      },
    },
  },`;

async function start(withPackage: boolean): Promise<Started> {
  const red = new NodeRed({ withPackage, settings: SETTINGS });
  const flow = [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'note', type: 'comment', z: 'tab', name: 'no BMS node' },
  ];
  writeFileSync(join(red.userDir, 'flows.json'), JSON.stringify(flow));
  try {
    await red.start();
    await red.untilLogged('bench {');
    await red.untilLogged('}\n');
    const line = /^bench (\{.*\})$/m.exec(red.log)?.[1];
    if (line === undefined) throw new Error(`Node-RED has not told its figures:\n${red.log}`);
    return JSON.parse(line) as Started;
  } finally {
    await red.stop();
  }
}

/** Measures what the package adds to the start of Node-RED, and prints the table. */
export async function benchStart(): Promise<StartRow[]> {
  // The first start of each brings its files into the memory of the system.
  await start(false);
  await start(true);
  const pairs: { bare: Started; full: Started }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // In turn, so that neither is always the one behind the other.
    if (round % 2 === 0) pairs.push({ bare: await start(false), full: await start(true) });
    else {
      const full = await start(true);
      pairs.push({ bare: await start(false), full });
    }
  }
  const of = (value: (started: Started) => number): { bare: number; added: number } => ({
    bare: median(pairs.map(({ bare }) => value(bare))),
    added: median(pairs.map(({ bare, full }) => value(full) - value(bare))),
  });
  const wall = of(({ wallMs }) => wallMs);
  const cpu = of(({ cpuMs }) => cpuMs);
  const rss = of((started) => started.rss / MIB);
  const heap = of((started) => started.heapUsed / MIB);
  const row: StartRow = {
    ...{ wallMs: wall.bare, cpuMs: cpu.bare, rssMib: rss.bare, heapMib: heap.bare },
    ...{ addedWallMs: wall.added, addedCpuMs: cpu.added, addedRssMib: rss.added, addedHeapMib: heap.added },
    loaded: pairs.flatMap(({ bare, full }) =>
      [...full.native, ...full.libraries].filter((path) => ![...bare.native, ...bare.libraries].includes(path)),
    ),
  };
  console.log(
    '\nThe start of Node-RED up to "Started flows", with no BMS node in its flow, alone and what the package adds:\n' +
      'medians of starts in turn. Loaded: native modules and line libraries that come with it.',
  );
  console.table({
    'Node-RED alone': figures(row.wallMs, row.cpuMs, row.rssMib, row.heapMib),
    'the package adds': figures(row.addedWallMs, row.addedCpuMs, row.addedRssMib, row.addedHeapMib),
  });
  console.log(`Loaded with it: ${row.loaded.length === 0 ? 'none' : row.loaded.join(', ')}`);
  return [row];
}

function figures(wallMs: number, cpuMs: number, rssMib: number, heapMib: number): Record<string, string> {
  return {
    'wall ms': wallMs.toFixed(0),
    'CPU ms': cpuMs.toFixed(0),
    'RSS MiB': rssMib.toFixed(1),
    'heap MiB': heapMib.toFixed(1),
  };
}
