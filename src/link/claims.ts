import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';

/** What is open in this process, with the name of its owner. */
const claimed = new Map<string, { label: string }>();

/**
 * Takes a device for one owner. Two connections that share a port would read each other's answers.
 * @param resource a name that is the same however the user wrote it, such as a resolved path
 * @param label what the user calls it, for the message
 * @returns gives it back; may be called any number of times
 * @throws BmsError `port_busy` when another connection of this process has it
 */
export function claim(resource: string, label: string): () => void {
  const present = claimed.get(resource);
  if (present !== undefined) {
    const remedy = say`let all devices on it share one connection`;
    throw new BmsError(
      'port_busy',
      present.label === label
        ? say`${label} is already open in another connection; ${remedy}.`
        : say`${label} is already open in another connection as ${present.label}; ${remedy}.`,
    );
  }
  const owner = { label };
  claimed.set(resource, owner);
  return () => {
    if (claimed.get(resource) === owner) claimed.delete(resource);
  };
}
