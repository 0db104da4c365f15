/** Names of the kernel, or such as Docker users give, of terminals that are no serial ports: consoles and BSD's pairs. */
const NO_PORT = /^tty(\d*|printk|null|[a-z][0-9a-f])$/;

/** Plugged in, mostly for a battery. */
const USB = /USB|ACM/;

/** What a PC calls its own ports: mostly there are more names than sockets. */
const BUILT_IN = /^ttyS\d+$/;

/** Whether a device file of that name may be a serial port: any terminal but a console, or a Bluetooth serial port. */
export function isPortName(name: string): boolean {
  return (name.startsWith('tty') && !NO_PORT.test(name)) || /^rfcomm\d+$/.test(name);
}

/** Whether a port of that name may be a name only, without a socket. */
export function isBuiltIn(name: string): boolean {
  return BUILT_IN.test(name);
}

/** Whether a port of that name is a USB adapter. */
export function isUsb(name: string): boolean {
  return USB.test(name);
}

/** USB adapters first, what every PC has last; else by name and number. */
export function byLikelihood(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true });
}

function rank(name: string): number {
  if (USB.test(name)) return 0;
  return BUILT_IN.test(name) ? 2 : 1;
}
