import { InvalidArgumentError, Option, type Command } from 'commander';
import { listProtocols } from '../library/protocols';
import type { PackOptions } from '../library/pack';
import { transportOf, type LineOptions } from './line';

/** How a pack is reached, as the options of a command say. */
export interface PackFlags extends LineOptions {
  protocol: string;
  address?: number;
  password?: string;
  timeout?: number;
  retries?: number;
  invertCurrent?: boolean;
}

const CHEMISTRIES = ['lfp', 'nmc', 'lto', 'naion'];
const SCENARIOS = ['day', 'steady', 'charge', 'discharge', 'fault'];

/** @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

/** A number above 0. @throws InvalidArgumentError */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

/** The argument and the options of a command that reaches a pack. */
export function addPackOptions(command: Command): Command {
  return addSimulatorOptions(
    command
      .argument('<line>', 'where the pack is: /dev/ttyUSB0, 192.168.1.50:8899, ble:NAME, simulator')
      .addOption(
        new Option('-p, --protocol <id>', 'what the board speaks')
          .choices(['auto', ...listProtocols().map(({ id }) => id)])
          .default('auto'),
      )
      .option('-a, --address <number>', 'address of the board on the bus', wholeNumber)
      .option('-b, --baud <rate>', 'rate of the serial port', wholeNumber)
      .option('--adapter <name>', 'Bluetooth adapter, such as hci1')
      .addOption(
        new Option('--password <text>', 'for boards and modules that want one').env('BMS_PASSWORD').hideHelp(false),
      )
      .option('--timeout <ms>', 'how long to wait for an answer', wholeNumber)
      .option('--retries <number>', 'how often a read is repeated', wholeNumber)
      .option('--invert-current', 'the board, or its wiring, has the sign the other way round'),
  );
}

/** What a simulated pack is like. */
export function addSimulatorOptions(command: Command): Command {
  return command
    .option('--cells <number>', 'of the simulator', wholeNumber)
    .addOption(new Option('--chemistry <name>', 'of the simulator').choices(CHEMISTRIES))
    .addOption(new Option('--scenario <name>', 'of the simulator').choices(SCENARIOS))
    .option('--speed <factor>', 'of the simulator, 1 is real time', positiveNumber);
}

/** @throws BmsError `bad_value` for the name of the line */
export function packOptionsOf(line: string, flags: PackFlags): PackOptions {
  const { protocol, address, password, timeout, retries, invertCurrent, ...rest } = flags;
  const { baud, adapter, cells, chemistry, scenario, speed } = rest;
  return {
    ...transportOf(line, { baud, adapter, cells, chemistry, scenario, speed }),
    ...{ protocol, address, password, timeoutMs: timeout, retries, invertCurrent },
  };
}
