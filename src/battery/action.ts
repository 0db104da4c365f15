import { NotSentError, type BmsError } from './errors';
import { shownValue } from './quoted';
import { say, type Sentence, type SentenceValue } from './sentence';

/** Everything that a board may be asked to do, named once for every vendor. */
export const ACTION_NAMES = [
  'charge',
  'discharge',
  'balancing',
  'heating',
  'soc',
  'capacity',
  'zeroCurrent',
  'clearCounters',
  'clearAlarms',
  'restart',
  'shutdown',
] as const;

/** Something that a board may be asked to do. */
export type ActionName = (typeof ACTION_NAMES)[number];

/** true and false for a switch, true for a command, a number in the action's unit for a setting. */
export type ActionValue = boolean | number;

/** What an action takes: on or off; a number within a range; nothing but "do it". */
export type ActionInput =
  | { readonly kind: 'switch' }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unit: string }
  | { readonly kind: 'command' };

const ON: readonly unknown[] = [true, 1, 'on', 'true'];
const OFF: readonly unknown[] = [false, 0, 'off', 'false'];

/**
 * The value that a message means. Nothing is guessed: whatever is not one of the few accepted forms is refused.
 * @param value true, false, 1, 0, "on", "off", "true", "false" for a switch; true, 1, "on", "true" for a command; a
 *   finite number, also as text, within the range for a setting
 * @throws BmsError `bad_value`
 */
export function actionValue(name: SentenceValue, input: ActionInput, value: unknown): ActionValue {
  switch (input.kind) {
    case 'switch':
      if (ON.includes(value)) return true;
      if (OFF.includes(value)) return false;
      throw badValue(name, value, say`true or false, "on" or "off", 1 or 0`);
    case 'command':
      if (ON.includes(value)) return true;
      throw badValue(name, value, say`true`);
    case 'number': {
      const { min, max, unit } = input;
      const wanted = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      if (typeof wanted === 'number' && wanted >= min && wanted <= max) return wanted;
      throw badValue(name, value, say`a number from ${min} to ${max} ${unit}`);
    }
  }
}

function badValue(name: SentenceValue, value: unknown, wanted: Sentence): BmsError {
  return new NotSentError(
    'bad_value',
    say`The value for ${name} is ${shownValue(value)}; it must be ${wanted}. Nothing was switched: nothing was sent.`,
  );
}
