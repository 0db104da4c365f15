import type { NodeAPI, NodeDef } from 'node-red';
import { BmsError } from '../battery/errors';
import { say } from '../battery/sentence';
import type { BankMember } from '../session/bank';
import { deviceNode, type BmsDeviceNode } from './bms-nodes';
import type { BankNodeSettings, ListedPack } from './settings/bank-settings';

/** The packs of a bank with their devices. */
export interface BankMembers {
  readonly members: readonly BankMember[];
  /** of the members, in their order */
  readonly nodes: readonly BmsDeviceNode[];
}

type Nodes = Pick<NodeAPI['nodes'], 'getNode' | 'eachNode'>;

/** What of a node's configuration is looked at: `d` marks one that is disabled. */
type Listed = NodeDef & { readonly d?: boolean };

/**
 * The devices of a bank. A pack whose device is disabled counts as taken out; in a string, with the others of it.
 * @throws BmsError `not_found`, `bad_value`, or what is wrong with a device
 */
export function bankMembers(nodes: Nodes, { packs, choices }: BankNodeSettings): BankMembers {
  const found = packs.map((pack, i) => ({ pack, node: deviceOf(nodes, pack, i + 1) }));
  const away = found.flatMap(({ pack, node }) => (node === undefined ? [pack] : []));
  if (away.length > 0 && (choices.topology === 'series' || away.length === found.length)) {
    throw new BmsError(
      'not_found',
      say`The device of pack ${packs.findIndex((pack) => pack === away[0]) + 1} is disabled; enable it, or take the pack off the list of the bank.`,
    );
  }
  const isOut = ({ group }: ListedPack): boolean =>
    choices.topology === 'strings' && away.some((other) => other.group === group);
  const members: BankMember[] = [];
  const used: BmsDeviceNode[] = [];
  for (const { pack, node } of found) {
    if (node?.battery === undefined || isOut(pack)) continue;
    members.push({ device: node.battery, group: pack.group, ...(pack.capacity && { capacity: pack.capacity }) });
    used.push(node);
  }
  return { members, nodes: used };
}

/** @returns undefined where it is disabled */
function deviceOf(nodes: Nodes, { deviceId }: ListedPack, number: number): BmsDeviceNode | undefined {
  const node = deviceNode(nodes, deviceId);
  if (node !== null) {
    if (node.battery === undefined) throw node.problem ?? new BmsError('bad_value', say`The device cannot be used.`);
    return node;
  }
  const listed = listedNode(nodes, deviceId);
  if (listed?.type === 'bms-bank') {
    throw new BmsError('bad_value', say`Pack ${number} is a bank; a bank consists of packs only. Choose a device.`);
  }
  if (listed?.type === 'bms-device' && listed.d === true) return undefined;
  throw new BmsError('not_found', say`Choose a device for pack ${number} in the properties of the bank.`);
}

function listedNode(nodes: Nodes, id: string): Listed | undefined {
  const found: Listed[] = [];
  nodes.eachNode((node) => {
    if (node.id === id) found.push(node);
  });
  return found[0];
}
