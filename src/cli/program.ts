import { Command } from 'commander';
import { addCheck } from './commands/check';
import { addFind } from './commands/find';
import { addPorts } from './commands/ports';
import { addRead } from './commands/read';
import { addRecord } from './commands/record';
import { addReplay } from './commands/replay';
import { addScan } from './commands/scan';
import { addSimulate } from './commands/simulate';
import { addSwitch } from './commands/switch';
import { addWatch } from './commands/watch';
import { packageInfo } from '../package-info';
import type { Context } from './context';
import { EXIT, exitOf } from './exit';

const EXAMPLES = `
Examples:
  bms find                                        which batteries answer at the serial ports
  bms read /dev/ttyUSB0                           everything, once
  bms watch 192.168.1.50:8899 --json              a line of JSON for every reading
  bms check ble:JBD-SP04S -w soc=30: -c soc=15:   for a monitor
  bms switch /dev/ttyUSB0 charge off              asks before, reads back
  bms simulate --tcp 7000 --protocol jk           a virtual pack for other software

Exit codes: 0 done, 1 no answer or refused, 2 wrong use, 130 interrupted; those of check are in its help.`;

/**
 * Carries out a command line.
 * @param args without the names of the interpreter and the program
 * @returns the exit code
 */
export async function runCommand(args: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  let code: number = EXIT.ok;
  const program = new Command('bms')
    .description('Reads lithium battery packs over serial ports, bridges and Bluetooth.')
    .version(packageInfo().version)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    });
  for (const add of [addFind, addPorts, addScan, addRead, addWatch, addSwitch, addRecord, addReplay, addSimulate])
    add(program, context);
  addCheck(program, context, (level) => (code = level));
  // Commands take over what was set so far only when they are made before.
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (thrown) {
    return exitOf(thrown, terminal);
  }
}
