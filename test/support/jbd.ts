import assert from 'node:assert/strict';
import { alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import type { Protocol, Query, Target } from '../../src/codec/protocol';
import type { Respond } from './action-script';
import { answer } from './vectors';

function closed(covered: Buffer, front: Buffer): Buffer {
  const total = covered.reduce((sum, byte) => sum + byte, 0);
  const end = Buffer.from([0, 0, 0x77]);
  end.writeUInt16BE((0x10000 - (total & 0xffff)) & 0xffff);
  return Buffer.concat([front, covered, end]);
}

/** A classic reply, built from the rule of jbd.md 3: register not covered by the checksum. */
export function classicReply(register: number, data: Buffer, status = 0): Buffer {
  return closed(Buffer.concat([Buffer.from([status, data.length]), data]), Buffer.from([0xdd, register]));
}

/** An addressed reply, built from the rule of jbd.md 9: everything between `dd` and the checksum covered. */
export function addressedReply(address: number, command: number, data: Buffer, status = 0): Buffer {
  return closed(Buffer.concat([Buffer.from([address, command, status, data.length]), data]), Buffer.from([0xdd]));
}

/** The query whose name ends in `(<code>)`. */
export function queryFor(protocol: Protocol, code: string): Query {
  const query = protocol.queries.find((entry) => entry.name.endsWith(`(${code})`));
  assert.ok(query, `no query ${code}`);
  return query;
}

/** Decodes what comes back to one query. */
export function read(protocol: Protocol, code: string, bytes: Buffer, target?: Partial<Target>): Reading {
  const whole = { address: protocol.address?.initial ?? 0, memory: {}, ...target };
  return answer(protocol, queryFor(protocol, code), whole, [bytes]).reading;
}

/** The writes that begin and end the factory mode (jbd.md 5). */
export const ENTER = 'dd5a00025678ff3077';
export const LEAVE = 'dd5a01020000fffd77';

/** Of a MOSFET that was switched off, whichever it is. */
export const LOCK = alarm('software_lock', 'warning');

/** A refusal with this status, whatever was asked: the register of the request is its second or third byte. */
export function refuse(request: string, status: number): string {
  return classicReply(registerOf(request), Buffer.alloc(0), status).toString('hex');
}

export function registerOf(request: string): number {
  return Number.parseInt(request.slice(4, 6), 16);
}

export function ack(request: string): string {
  return refuse(request, 0);
}

export function parameter(request: string, value: number): string {
  return classicReply(registerOf(request), Buffer.of(value >> 8, value & 0xff)).toString('hex');
}

/** A board that acknowledges everything, and reads from a table. */
export function willing(parameters: Readonly<Record<number, number>> = {}): Respond {
  return (request) => {
    if (!request.startsWith('dda5')) return ack(request);
    const value = parameters[registerOf(request)];
    return value === undefined ? refuse(request, 0x80) : parameter(request, value);
  };
}

export const ON: Reading = { chargeEnabled: true, dischargeEnabled: true, alarms: [] };
