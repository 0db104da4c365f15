import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { READING_KEYS } from '../../src/battery/reading-keys';
import type { Reading } from '../../src/battery/reading';
import type { Protocol } from '../../src/codec/protocol';
import { PROTOCOLS } from '../../src/codec/registry';
import { benchPack } from '../support/poll-answers';
import { readAll } from '../support/protocol-properties';
import type { Vector } from '../support/vectors';

/*
 * Which values of which protocol are proved by captured frames, and by how many: what no capture proves rests on a
 * document alone.
 */

export const TABLE_FILE = join('docs', 'protocols', 'captures.md');

const VECTORS = join('test', 'vectors');

/** How many captures state a value: those that are confirmed by a second source, and all others. */
interface Proof {
  verified: number;
  others: number;
}

type Proofs = ReadonlyMap<keyof Reading, Proof>;

function vectors(): Vector[] {
  return readdirSync(VECTORS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(VECTORS, file), 'utf8')) as Vector);
}

function proofsOf(protocol: Protocol, all: readonly Vector[]): Proofs {
  const proofs = new Map<keyof Reading, Proof>();
  for (const { protocol: id, expect = {}, expectUnverified = {}, verified } of all) {
    if (id !== protocol.id) continue;
    for (const key of READING_KEYS) {
      const isStated = key in expect;
      if (!isStated && !(key in expectUnverified)) continue;
      const proof = proofs.get(key) ?? { verified: 0, others: 0 };
      if (verified && isStated) proof.verified++;
      else proof.others++;
      proofs.set(key, proof);
    }
  }
  return proofs;
}

/** What a protocol gives of a pack that tells everything, whether or not a capture proves it. */
function givenBy(protocol: Protocol): ReadonlySet<string> {
  return new Set(Object.keys(readAll(protocol, benchPack, protocol.address?.initial ?? 0)));
}

function cell(proof: Proof | undefined, isGiven: boolean): string {
  if (proof === undefined) return isGiven ? '0' : '';
  return proof.others === 0 ? `${proof.verified}` : `${proof.verified} + ${proof.others}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The table as Markdown. */
export function capturesTable(): string {
  const all = vectors();
  const columns = PROTOCOLS.map((protocol) => ({
    id: protocol.id,
    proofs: proofsOf(protocol, all),
    given: givenBy(protocol),
  }));
  const rows = READING_KEYS.map((key) => [
    `\`${key}\``,
    ...columns.map(({ proofs, given }) => cell(proofs.get(key), given.has(key))),
  ]).filter((row) => row.slice(1).some((entry) => entry !== ''));
  return [
    '# What captured frames prove',
    '',
    'How many captures of `test/vectors/` state each value, by protocol: those whose value a second source confirms, and',
    'behind the plus those that one source or our own decoding states. 0 is a value that the protocol gives although no',
    'capture proves it: its place in the frame rests on a document. An empty field is a value that the protocol does not',
    'give. `npm run coverage:captures -- --write` makes this file anew.',
    '',
    line(['Value', ...columns.map(({ id }) => id)]),
    line(['---', ...columns.map(() => '---')]),
    ...rows.map(line),
    '',
  ].join('\n');
}
