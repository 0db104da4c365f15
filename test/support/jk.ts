import { jk } from '../../src/codec/jk';
import { readAll } from '../../src/codec/jk/queries';
import type { Reading } from '../../src/battery/reading';
import { answer, shown } from './vectors';
import { hex } from './sheet';

/** A 4E57 frame, put together by hand from the rule of jk.md 3: command, source and type, then ids with their data. */
export function nwFrame(head: string, data: string): Buffer {
  const information = hex(data);
  const front = Buffer.concat([hex('4e57 0000 00000000'), hex(head), information, hex('00000000 68')]);
  front.writeUInt16BE(front.length + 2, 2);
  const sum = front.reduce((total, byte) => total + byte, 0) & 0xffff;
  return Buffer.concat([front, hex(`0000 ${sum.toString(16).padStart(4, '0')}`)]);
}

/** What the query for everything makes of a reply with these ids. */
export function readIds(data: string): Reading {
  return readFrames(nwFrame('06 00 01', data));
}

/** What the query for everything makes of the bytes that came. */
export function readFrames(...chunks: Buffer[]): Reading {
  return shown(answer(jk, readAll, { address: 0, memory: {} }, chunks).reading);
}
