import { BmsError } from '../../battery/errors';
import { say } from '../../battery/sentence';

/** Services that an error names: more than any battery has. */
const MOST_NAMED = 8;

/** The error for a device that has none of the services that are looked for. @param has those that it has */
export function noService(name: string, has: readonly string[]): BmsError {
  const named = has.slice(0, MOST_NAMED).join(', ');
  const all = has.length > MOST_NAMED ? say`${named}, and others` : named;
  return new BmsError(
    'unsupported',
    say`${name} is no battery of the chosen protocol: it has none of its Bluetooth services (it has ${all === '' ? say`none` : all}).`,
  );
}
