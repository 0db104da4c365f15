import type { NodeAPI, NodeMessageInFlow } from 'node-red';
import { scalars, toInflux } from '../../battery/formats';
import type { Battery } from '../../session/battery';
import type { LinkFigures, Snapshot } from '../../session/device';

export const READ_FORMATS = ['object', 'influx', 'values'] as const;

export type ReadFormat = (typeof READ_FORMATS)[number];

/** Where and when a reading was taken; on every message as `msg.bms`. */
export interface Provenance {
  device: string;
  protocol: string;
  address: number | string;
  timestamp: number;
  duration: number;
  sequence: number;
  /** only where another board answers than the one that the device knows */
  otherBoard?: true;
  /** what came over the line since the start, and what of it could not be true */
  link: LinkFigures;
}

// A type, not an interface: Node-RED's own message type has an index signature.
export type ReadingMessage = {
  topic: string;
  payload: unknown;
  bms: Provenance;
  /** on messages that belong together */
  parts?: Parts;
};

/** A message that may leave as the answer to another one. */
type Answer = Omit<ReadingMessage, 'bms'> & { bms: object };

/** Which of several messages one is, as a join node reads it. */
export interface Parts {
  id: string;
  /** from 0 */
  index: number;
  count: number;
  type: 'array';
  len: 1;
}

export function partsOf(id: string, index: number, count: number): Parts {
  return { id, index, count, type: 'array', len: 1 };
}

export function provenanceOf(snapshot: Snapshot): Provenance {
  const { device, protocol, address, timestamp, duration, sequence, link, isOtherBoard } = snapshot;
  const bms: Provenance = { device, protocol, address, timestamp, duration, sequence, link: { ...link } };
  if (isOtherBoard === true) bms.otherBoard = true;
  return bms;
}

/** The last reading of a battery as provenance; before the first one the moment, with the sequence 0. */
export function provenanceNow(battery: Battery, now: number): Provenance {
  if (battery.last !== undefined) return provenanceOf(battery.last);
  const { name, protocolId: protocol, address, link } = battery;
  return { device: name, protocol, address, timestamp: now, duration: 0, sequence: 0, link };
}

/**
 * The messages for a reading: one, or with `values` one per scalar under `<topic>/<key>`. All objects are fresh:
 * the flow may change them.
 */
export function readingMessages(snapshot: Snapshot, format: ReadFormat, topic: string): ReadingMessage[] {
  const { reading } = snapshot;
  switch (format) {
    case 'object':
      return [{ topic, payload: structuredClone(reading), bms: provenanceOf(snapshot) }];
    case 'influx':
      return [{ topic, payload: toInflux(reading, snapshot), bms: provenanceOf(snapshot) }];
    case 'values':
      return scalars(reading).map(([key, value]) => ({
        topic: `${topic}/${key}`,
        payload: value,
        bms: provenanceOf(snapshot),
      }));
  }
}

/**
 * The answers to an input message: that message itself with the reading's properties set. Several answers, or one that
 * has parts, are copies of it with `parts`, so that a join node can put them together; parts that it brought move inside.
 */
export function repliesTo(
  message: NodeMessageInFlow,
  answers: readonly Answer[],
  util: NodeAPI['util'],
): NodeMessageInFlow[] {
  const [only] = answers;
  if (answers.length === 1 && only !== undefined && only.parts === undefined) return [Object.assign(message, only)];
  const outer = 'parts' in message ? { parts: message.parts } : {};
  const id = util.generateId();
  return answers.map((answer, index) => {
    const parts = { ...partsOf(id, index, answers.length), ...outer };
    return Object.assign(util.cloneMessage(message), answer, { parts });
  });
}
