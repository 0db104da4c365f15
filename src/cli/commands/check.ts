import type { Command } from 'commander';
import type { AlarmLevel } from '../../battery/alarm';
import { BmsError, toBmsError } from '../../battery/errors';
import { QUANTITIES } from '../../battery/quantities';
import { quoted } from '../../battery/quoted';
import type { NumberKey, Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import type { Context } from '../context';
import { Interrupted } from '../exit';
import { addPackOptions, packOptionsOf, type PackFlags } from '../pack-options';
import { alerts, parseThreshold, type Threshold } from '../thresholds';
import { withPack } from '../with-pack';

/** What a monitoring plugin returns, in rising order of what is worse. */
const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
type Level = 0 | 1 | 2 | 3;

/** What a level of an alarm of the board counts as. */
const OF_ALARM: Readonly<Record<AlarmLevel, Level>> = { warning: 1, protection: 2, fault: 2 };

/** Errors that say that the question was wrong, not the battery. */
const OURS: ReadonlySet<string> = new Set(['bad_value', 'unsupported', 'internal']);

/** What is reported as performance data besides what thresholds are about. */
const REPORTED: readonly NumberKey[] = [
  'soc',
  'voltage',
  'current',
  'cellVoltageMin',
  'cellVoltageMax',
  'temperatureMin',
  'temperatureMax',
];

/** Units that monitoring knows; others are left out. */
const PERFORMANCE_UNITS: ReadonlySet<string> = new Set(['%', 's']);

type Limits = ReadonlyMap<NumberKey, Threshold>;

interface CheckFlags extends PackFlags {
  warning: string[];
  critical: string[];
  ignoreAlarms?: boolean;
}

/** What is wrong, in a few words. */
interface Finding {
  readonly level: Level;
  readonly text: string;
}

/** `bms check`: a plugin for Nagios, Icinga and the like. */
export function addCheck(program: Command, context: Context, exit: (code: number) => void): void {
  const collect = (text: string, earlier: string[]): string[] => [...earlier, text];
  addPackOptions(program.command('check'))
    .description('check a pack for a monitor such as Nagios: exit code 0 ok, 1 warning, 2 critical, 3 unknown')
    .option('-w, --warning <key=range>', 'such as soc=30: or cellVoltageMax=~:3.6', collect, [])
    .option('-c, --critical <key=range>', 'the same', collect, [])
    .option('--ignore-alarms', 'alarms that the board reports count for nothing')
    .addHelpText('after', '\nA range is as in any monitoring plugin: 20: not below 20, ~:30 not above, 10:20, @10:20.')
    .action(async (line: string, flags: CheckFlags) => {
      try {
        const warning = limitsOf(flags.warning);
        const critical = limitsOf(flags.critical);
        await withPack(context, packOptionsOf(line, flags), async ({ last = {} }) => {
          const findings = [
            ...findingsOf(last, critical, 2),
            ...findingsOf(last, warning, 1),
            ...(flags.ignoreAlarms === true ? [] : alarmsOf(last)),
          ];
          const level = findings.reduce<Level>((worst, each) => (each.level > worst ? each.level : worst), 0);
          context.terminal.print(
            `BMS ${LEVELS[level]} - ${textOf(last, findings)} | ${performanceOf(last, warning, critical)}`,
          );
          exit(level);
        });
      } catch (thrown) {
        if (thrown instanceof Interrupted) throw thrown;
        const { code, message } = toBmsError(thrown);
        const level = OURS.has(code) ? 3 : 2;
        context.terminal.print(`BMS ${LEVELS[level]} - ${message} (${code})`);
        exit(level);
      }
    });
}

/** @throws BmsError `bad_value` for what is no key of a reading, or no range */
function limitsOf(texts: readonly string[]): Limits {
  return new Map(
    texts.map((text) => {
      const at = text.indexOf('=');
      const key = text.slice(0, Math.max(0, at));
      if (!Object.hasOwn(QUANTITIES, key)) {
        throw new BmsError('bad_value', say`${quoted(text)} is no limit; write a value and a range, such as soc=20:.`);
      }
      return [key as NumberKey, parseThreshold(text.slice(at + 1))];
    }),
  );
}

/** A value that lacks cannot be judged. */
function findingsOf(reading: Readonly<Reading>, limits: Limits, level: Level): Finding[] {
  return [...limits].flatMap(([key, threshold]): Finding[] => {
    const value = reading[key];
    if (typeof value !== 'number') return [{ level: 3, text: `${key} is not reported` }];
    if (!alerts(threshold, value)) return [];
    return [{ level, text: `${QUANTITIES[key].name} ${value} ${QUANTITIES[key].unit} (${threshold.text})` }];
  });
}

function alarmsOf({ alarms = [] }: Readonly<Reading>): Finding[] {
  return alarms.map(({ level, message }) => ({ level: OF_ALARM[level], text: message }));
}

function textOf({ voltage, soc, current }: Readonly<Reading>, findings: readonly Finding[]): string {
  if (findings.length > 0)
    return [...findings]
      .sort((a, b) => b.level - a.level)
      .map(({ text }) => text)
      .join('; ');
  return `${voltage ?? '?'} V, ${soc ?? '?'} %, ${current ?? '?'} A`;
}

/** `soc=57%;30:;15:` for each value. */
function performanceOf(reading: Readonly<Reading>, warning: Limits, critical: Limits): string {
  const keys = new Set([...REPORTED, ...warning.keys(), ...critical.keys()]);
  return [...keys]
    .filter((key) => typeof reading[key] === 'number')
    .map((key) => {
      const { unit } = QUANTITIES[key];
      const limits = `${warning.get(key)?.text ?? ''};${critical.get(key)?.text ?? ''}`;
      return `${key}=${reading[key]}${PERFORMANCE_UNITS.has(unit) ? unit : ''};${limits}`;
    })
    .join(' ');
}
