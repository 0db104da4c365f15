/** SIGINT listeners of every library that runs: they do not count as somebody who stops the process in order. */
const theirs = new Set<unknown>();

let guards = 0;
const guard = (): void => undefined;

/**
 * Starts a library which ends the process on SIGINT when no listener comes after its own: Node-RED could not stop in
 * order then. As long as it runs, a listener of ours is the last; but only when there is somebody who does stop the
 * process, as nobody could interrupt it otherwise.
 * @returns ends the guard; to be called once the library has stopped
 */
export function guardInterrupts(start: () => void): () => void {
  const before = process.listeners('SIGINT');
  start();
  const added = process.listeners('SIGINT').filter((listener) => !before.includes(listener));
  for (const listener of added) theirs.add(listener);
  const isGuarded = before.some((listener) => listener !== guard && !theirs.has(listener));
  if (isGuarded) {
    guards++;
    process.removeListener('SIGINT', guard);
    process.on('SIGINT', guard);
  }
  return () => {
    for (const listener of added) theirs.delete(listener);
    if (isGuarded && --guards === 0) process.removeListener('SIGINT', guard);
  };
}
