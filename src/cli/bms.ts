#!/usr/bin/env node
import { systemClock } from '../clock';
import { runCommand } from './program';
import { processTerminal } from './terminal';

/** The command `bms`. */
const ending = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
// A reader that has enough, such as `head`, closes the pipe: no error.
process.stdout.on('error', () => ending.abort());
// What is noted besides is not missed by anybody who does not read it.
process.stderr.on('error', () => undefined);

void runCommand(process.argv.slice(2), {
  terminal: processTerminal(),
  clock: systemClock,
  signal: ending.signal,
}).then((code) => {
  process.exitCode = code;
});
