import { Option, type Command } from 'commander';
import { ACTION_NAMES, actionValue, type ActionName } from '../../battery/action';
import { NotSentError } from '../../battery/errors';
import { say } from '../../battery/sentence';
import type { Pack } from '../../library/pack';
import { listProtocols, type ActionInfo } from '../../library/protocols';
import type { Context } from '../context';
import { Interrupted } from '../exit';
import { addPackOptions, packOptionsOf, type PackFlags } from '../pack-options';
import { withPack } from '../with-pack';

interface SwitchFlags extends PackFlags {
  yes?: boolean;
  confirm?: ActionName;
  json?: boolean;
}

/** `bms switch`: has a board do something, and reads it back. */
export function addSwitch(program: Command, context: Context): void {
  addPackOptions(program.command('switch'))
    .argument('<action>', `what to switch or set: ${ACTION_NAMES.join(', ')}`)
    .argument('<value>', 'on, off, or a number')
    .description('switch or set something; asks before, and proves it by reading it back')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('--confirm <action>', 'with --yes, for what is dangerous').choices([...ACTION_NAMES]))
    .option('--json', 'the result as JSON')
    .action((line: string, action: string, value: string, flags: SwitchFlags) =>
      withPack(context, { ...packOptionsOf(line, flags), allowControl: true }, async (pack) => {
        const info = actionOf(pack, action);
        const wanted = actionValue(info.name, info.input, DIGITS[value] ?? value);
        const isAsked = flags.yes !== true;
        if (isAsked) await askFirst(context, pack, info, value);
        // Who has answered the question has confirmed it.
        const confirm = isAsked ? info.name : flags.confirm;
        const done = await pack.control(info.name, wanted, { confirm });
        const { terminal } = context;
        if (flags.json === true) return terminal.print(JSON.stringify(done));
        const before = done.before === undefined ? '' : `, before: ${shown(done.before)}`;
        terminal.print(`${done.action}: ${shown(done.value)}, read back${before}`);
      }),
    );
}

/** A switch takes these as numbers, a setting takes them as they are. */
const DIGITS: Readonly<Record<string, number | undefined>> = { 0: 0, 1: 1 };

const shown = (value: boolean | number): string => (value === true ? 'on' : value === false ? 'off' : String(value));

/** @throws BmsError `unsupported` */
function actionOf({ protocol }: Pack, action: string): ActionInfo {
  const { actions = [] } = listProtocols().find(({ id }) => id === protocol) ?? {};
  const info = actions.find(({ name }) => name === action);
  if (info !== undefined) return info;
  const names = actions.map(({ name }) => name).join(', ');
  throw new NotSentError('unsupported', say`A ${protocol} board has no ${action}; it has: ${names}. Nothing was sent.`);
}

/** @throws BmsError `denied` where nobody can be asked, `Interrupted` where the answer is no */
async function askFirst(
  { terminal, signal }: Context,
  { last = {}, protocol }: Pack,
  { name, dangerous }: ActionInfo,
  value: string,
): Promise<void> {
  if (!terminal.isInteractive) {
    throw new NotSentError(
      'denied',
      say`There is no terminal to ask at; add --yes to switch without a question. Nothing was sent.`,
    );
  }
  const { voltage, soc } = last;
  terminal.note(`${protocol}, ${voltage ?? '?'} V, ${soc ?? '?'} %. ${dangerous ? 'This is dangerous. ' : ''}`);
  const answer = await terminal.ask(`Set ${name} to ${value}? [y/N] `, signal);
  if (!/^y(es)?$/i.test(answer.trim())) {
    terminal.note('Nothing was sent.');
    throw new Interrupted();
  }
}
