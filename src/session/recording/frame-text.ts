import type { RecordedExchange } from '../../link/recording';
import type { RecordingLine } from './recording-lines';

/** A line of a recording for people: `basic information (03): > dd a5 03 00 ff fd 77 < dd 03 .. matched, 45 ms`. */
export function frameText(line: RecordingLine): string {
  if ('event' in line) {
    const { event, why } = line as { event: string; why?: string };
    return why === undefined ? event : `${event}: ${why}`;
  }
  const { what, tx, rx, result, endedAt } = line;
  const parts = [
    ...(tx === '' ? [] : [`> ${spaced(tx)}`]),
    ...rx.map((hex) => `< ${spaced(hex)}`),
    ...(result === undefined ? [] : [`${result}${counted(line)}, ${Math.round(endedAt ?? 0)} ms`]),
  ];
  return `${what ?? 'unasked'}: ${parts.join(' ')}`;
}

function counted({ foreign, damaged }: RecordedExchange): string {
  return [foreign !== undefined && ` ${foreign} foreign`, damaged !== undefined && ` ${damaged} damaged`]
    .filter((part) => part !== false)
    .join('');
}

function spaced(hex: string): string {
  return hex.replace(/..(?=.)/g, '$& ');
}
