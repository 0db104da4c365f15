import { spawn } from 'node:child_process';
import type { Clock } from '../clock';

/** What the device database of Linux knows of a device file. */
export interface UdevEntry {
  /** full names that are to stay the same, whether or not they lead here at present */
  links: string[];
  /** who made it, as far as known */
  description: string;
}

const LIMIT_MS = 5000;

/** Many times the database of a large server. */
const MOST_LENGTH = 16 * 1024 * 1024;

/**
 * The device database of Linux as `udevadm info -e` prints it; '' where that program is not there, fails, or takes more
 * than 5 s. Never rejects.
 */
export function udevDatabase(clock: Clock): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn('udevadm', ['info', '-e'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pieces: string[] = [];
    let length = 0;
    const end = (text: string): void => {
      timer.cancel();
      child.kill('SIGKILL');
      // What it may have started itself can hold the pipe open.
      child.stdout.destroy();
      resolve(text);
    };
    const timer = clock.after(LIMIT_MS, () => end(''));
    child.on('error', () => end(''));
    child.on('close', (code) => end(code === 0 ? pieces.join('') : ''));
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      length += piece.length;
      if (length > MOST_LENGTH) end('');
      else pieces.push(piece);
    });
  });
}

/** The device files of the database, by their name below `/dev`. */
export function parseUdev(text: string): Map<string, UdevEntry> {
  const entries = new Map<string, UdevEntry>();
  for (const block of text.split(/\n\s*\n/)) {
    const name = /^N: (.+)$/m.exec(block)?.[1];
    if (name === undefined) continue;
    const property = (key: string): string | undefined => new RegExp(`^E: ${key}=(.+)$`, 'm').exec(block)?.[1]?.trim();
    const parts = [property('ID_VENDOR'), property('ID_MODEL'), property('ID_SERIAL_SHORT')];
    entries.set(name.trim(), {
      links: property('DEVLINKS')?.split(/\s+/) ?? [],
      description: parts.filter((part) => part !== undefined).join(' '),
    });
  }
  return entries;
}
