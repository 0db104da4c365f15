import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Collected, NodeRed } from './node-red';

/** Messages that the nodes of the collection were given, and how often `done` was called, by its code or 'ok'. */
export interface Messages {
  received: number;
  done: Record<string, number>;
}

/** A package that a real Node-RED loads beside ours, to be asked from within. @returns its folder */
export function censusPackage(): string {
  const folder = join(process.cwd(), '.cache', 'census');
  mkdirSync(folder, { recursive: true });
  const about = { name: 'openbms-census', version: '1.0.0', 'node-red': { nodes: { census: 'census.js' } } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  writeFileSync(
    join(folder, 'census.js'),
    `module.exports = require(${JSON.stringify(join(__dirname, 'census-node'))});`,
  );
  // Node-RED loads no file without one.
  writeFileSync(join(folder, 'census.html'), '');
  return folder;
}

/** What is open in a Node-RED with the census, and who listens, when all garbage is collected. */
export function figuresOf(red: NodeRed): Promise<Record<string, number>> {
  return red.json('/census/figures');
}

/** What became of the messages that our nodes were given so far. */
export function messagesOf(red: NodeRed): Promise<Messages> {
  return red.json('/census/messages');
}

/** Whether this is a reading of the pack of this name, as it came to the test. */
export function isReadingOf(entry: Collected, name: string): boolean {
  const { device } = (entry['bms'] ?? {}) as { device?: string };
  const { payload } = entry;
  return (
    entry.from === 'node' && device === name && typeof payload === 'object' && payload !== null && 'voltage' in payload
  );
}
