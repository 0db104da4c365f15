import { protocolById } from '../../../src/codec';
import type { Protocol, Query } from '../../../src/codec/protocol';
import type { Reading } from '../../../src/battery/reading';
import { integer, type Lottery } from '../../../src/simulator/seeded';
import { kitOf } from '../../kits';
import { answer } from '../vectors';
import { ChangingPack } from './changing-pack';

/** Another master with another board on the same line. */
export class Stranger {
  private readonly protocol: Protocol;
  private readonly address: number;
  private readonly pack = new ChangingPack(12, 4711);
  /** what the master has been told, as far as it needs it to ask on */
  private readonly asked: { query: Query; memory: object }[] = [];

  /** @param of the protocol of the board that it disturbs */
  constructor(
    of: Protocol,
    private readonly draw: Lottery,
  ) {
    const other = kitOf(of).stranger;
    const protocol = protocolById(other.protocol);
    if (protocol === undefined) throw new Error(`${of.id} is disturbed by ${other.protocol}, which is unknown`);
    this.protocol = protocol;
    this.address = other.address;
    this.meet(this.pack.pass().reading);
  }

  /** One exchange between the two: the request, and the answer. */
  talk(): Buffer[] {
    const entry = this.asked[integer(this.draw, 0, this.asked.length - 1)];
    if (entry === undefined) return [];
    const request = entry.query.request({ address: this.address, memory: entry.memory });
    const said = this.protocol.emulate(request)?.answer(this.pack.pass().reading);
    return said === undefined ? [request] : [request, said];
  }

  private meet(reading: Reading): void {
    let memory: object = {};
    for (const query of this.protocol.queries) {
      const target = { address: this.address, memory };
      if (query.applies?.(target) === false) continue;
      const said = this.protocol.emulate(query.request(target))?.answer(reading);
      if (said === undefined) continue;
      this.asked.push({ query, memory });
      memory = answer(this.protocol, query, target, [said]).memory;
    }
  }
}
