import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Sample } from '../support/closed-loop/course';
import { HOUR } from '../support/closed-loop/household';

/** A line of a plot. */
interface Line {
  readonly name: string;
  readonly colour: string;
  readonly of: (sample: Sample) => number;
}

interface Panel {
  readonly unit: string;
  readonly lines: readonly Line[];
}

const WIDTH = 1200;
const HEIGHT = 1000;
const LEFT = 70;
const TOP = 50;
const GAP = 24;
const PHASE_COLOURS: Readonly<Record<string, string>> = { bulk: '#cfe3ff', absorption: '#ffe3b3', float: '#d8f0d0' };

const PANELS: readonly Panel[] = [
  {
    unit: 'V of a cell',
    lines: [
      { name: 'highest', colour: '#c00', of: ({ highest }) => highest },
      { name: 'lowest', colour: '#06c', of: ({ lowest }) => lowest },
    ],
  },
  { unit: 'V', lines: [{ name: 'CVL', colour: '#a0a', of: ({ chargeVoltage }) => chargeVoltage }] },
  {
    unit: 'A',
    lines: [
      { name: 'CCL', colour: '#f80', of: ({ chargeCurrent }) => chargeCurrent },
      { name: 'current', colour: '#070', of: ({ current }) => current },
    ],
  },
  { unit: '%', lines: [{ name: 'SOC', colour: '#333', of: ({ soc }) => soc }] },
];

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/google-chrome'];

/**
 * Draws a day: one panel above the other, the phases as the background.
 * @param most what a cell may have, V
 * @returns the picture's path: a PNG where a Chromium is installed, else the SVG that it is made from
 */
export function plotDay(path: string, title: string, samples: readonly Sample[], most: number): string {
  const svg = `${path}.svg`;
  writeFileSync(svg, drawing(title, samples, most));
  const chromium = CHROMIUM.find((program) => existsSync(program));
  if (chromium === undefined) return svg;
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run'];
  const picture = [`--screenshot=${path}.png`, `--window-size=${WIDTH},${HEIGHT}`, pathToFileURL(svg).href];
  const { status, stderr } = spawnSync(chromium, [...quiet, ...picture], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${chromium} made no picture: ${stderr}`);
  return `${path}.png`;
}

function drawing(title: string, samples: readonly Sample[], most: number): string {
  const height = (HEIGHT - TOP - 40) / PANELS.length;
  const first = samples[0]?.second ?? 0;
  const last = samples.at(-1)?.second ?? 1;
  const x = (second: number): number => LEFT + ((WIDTH - LEFT - 20) * (second - first)) / (last - first);
  const panels = PANELS.map((panel, i) => {
    const limits = i === 0 ? [most] : [];
    return panelOf(panel, samples, limits, x, { top: TOP + i * height, height: height - GAP });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="white"/><text x="${LEFT}" y="20" font-size="16">${title}</text>
<text x="${LEFT}" y="38">background: blue bulk, orange absorption, green float; dashed: what a cell may have</text>
${panels.join('\n')}
${hours(first, last, x)}
</svg>`;
}

function panelOf(
  { unit, lines }: Panel,
  samples: readonly Sample[],
  limits: readonly number[],
  x: (second: number) => number,
  { top, height }: { top: number; height: number },
): string {
  const values = [...lines.flatMap(({ of }) => samples.map(of)), ...limits].filter((value) => Number.isFinite(value));
  const lowest = Math.min(...values);
  const span = Math.max(...values) - lowest || 1;
  const y = (value: number): number => top + height - (height * (value - lowest)) / span;
  const shown = (value: number): string => value.toFixed(span < 1 ? 3 : 1);
  const axis = [lowest, lowest + span / 2, lowest + span].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(value)}" y2="${y(value)}" stroke="#bbb"/><text x="4" y="${y(value) + 4}">${shown(value)}</text>`,
  );
  const dashes = limits.map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(value)}" y2="${y(value)}" stroke="#c00" stroke-dasharray="6 4"/>`,
  );
  const drawn = lines.map(({ colour, of }) => {
    const points = samples.filter((sample) => Number.isFinite(of(sample)));
    const places = points.map((sample) => `${x(sample.second).toFixed(1)},${y(of(sample)).toFixed(1)}`);
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.3" points="${places.join(' ')}"/>`;
  });
  const names = lines.map(({ name, colour }) => `<tspan fill="${colour}" dx="8">${name}, ${unit}</tspan>`);
  const legend = `<text x="${LEFT}" y="${top + 14}">${names.join('')}</text>`;
  return [...phases(samples, x, top, height), ...axis, ...dashes, ...drawn, legend].join('\n');
}

function phases(samples: readonly Sample[], x: (second: number) => number, top: number, height: number): string[] {
  const starts = samples.filter(({ phase }, i) => phase !== samples[i - 1]?.phase);
  return starts.map(({ second, phase }, i) => {
    const end = starts[i + 1]?.second ?? samples.at(-1)?.second ?? second;
    return `<rect x="${x(second)}" y="${top}" width="${x(end) - x(second)}" height="${height}" fill="${PHASE_COLOURS[phase] ?? 'white'}"/>`;
  });
}

function hours(first: number, last: number, x: (second: number) => number): string {
  const whole = Array.from({ length: Math.floor((last - first) / HOUR / 2) + 1 }, (_, i) => first + 2 * i * HOUR);
  return whole
    .map((second) => `<text x="${x(second) - 14}" y="${HEIGHT - 12}">${(second / HOUR) % 24}:00</text>`)
    .join('\n');
}
