import type { Emitter, Noble } from './noble';

/** What is used of the inside of `@abandonware/noble` where it drives an adapter of the kernel. */
interface Older {
  _bindings?: { init?(): void; onExit?(): void; stop?(): void; _hci?: Hci };
}

interface Hci {
  pollIsDevUp?(): void;
  _socket?: Emitter & { stop(): void };
}

/** Events of the process to which the library listens for good. */
const HEARD = ['SIGINT', 'exit'] as const;

/**
 * The older fork cannot be stopped: it would look after its adapter for ever, and after every restart once more. Here
 * it is given a `stop`, unless it has one. To be called before it starts.
 */
export function makeStoppable(noble: Noble): void {
  const bindings = (noble as unknown as Older)._bindings;
  if (noble.stop !== undefined || bindings === undefined) return;
  const { _hci: hci, init } = bindings;
  let isStopped = false;
  let listeners: (() => void)[] = [];
  if (init !== undefined) {
    bindings.init = () => {
      listeners = addedBy(() => init.call(bindings));
    };
  }
  if (hci?.pollIsDevUp !== undefined) {
    const poll = hci.pollIsDevUp.bind(hci);
    // The timer that is under way when it stops runs out, and does nothing.
    hci.pollIsDevUp = () => {
      if (!isStopped) poll();
    };
  }
  noble.stop = () => {
    isStopped = true;
    for (const removal of listeners.splice(0)) removal();
    if (hci?._socket === undefined) return bindings.stop?.();
    // Ends the scan, and the connections that are left: nobody else would, as the adapter itself goes on.
    bindings.onExit?.();
    hci._socket.stop();
    hci._socket.removeAllListeners();
    // What is still on its way to an adapter that is gone fails now and then.
    hci._socket.on('error', () => undefined);
  };
}

/** @returns how to remove each listener that some work adds to the process */
function addedBy(work: () => void): (() => void)[] {
  const before = HEARD.map((event) => process.rawListeners(event));
  work();
  return HEARD.flatMap((event, index) =>
    process
      .rawListeners(event)
      .filter((listener) => before[index]?.includes(listener) !== true)
      .map((listener) => () => void process.removeListener(event, listener as () => void)),
  );
}
