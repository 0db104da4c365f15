/** Topologies in which packs are in groups. */
const GROUPED = ['strings', 'stages'];

/** The packs by their groups, in the order in which these come: [[pack]]. */
function groupsOf(packs) {
  const groups = new Map();
  for (const pack of packs) {
    const name = String(pack.group ?? '').trim();
    groups.set(name, [...(groups.get(name) ?? []), pack]);
  }
  return [...groups.values()];
}

/** What is wrong with one pack of a list: the property, the key of the text, and its values. */
function* faultsOfPack(packs, index, topology) {
  const { device, group, capacity } = packs[index];
  const node = RED.nodes.node(device);
  const first = packs.findIndex((other) => other.device === device);
  if (isBlank(device)) yield ['device', 'noDevice'];
  else if (isEnv(device)) yield* [];
  else if (!node) yield ['device', 'gone'];
  else if (node.type === 'bms-bank') yield ['device', 'bank'];
  else if (node.type !== 'bms-device') yield ['device', 'noDevice'];
  else if (first < index) yield ['device', 'twice', { other: first + 1 }];
  if (GROUPED.includes(topology) && isBlank(group)) yield ['group', topology === 'strings' ? 'noString' : 'noStage'];
  if (!isBlank(capacity) && !(isNumber(capacity, 0, 100000) && Number(capacity) !== 0)) yield ['capacity', 'capacity'];
}

/** What is wrong with a list of packs: [{ index, property, key, values }], in their order; no index for the whole list. */
function faultsOfPacks(packs, topology) {
  if (packs.length === 0) return [{ key: 'none' }];
  if (packs.length > MOST_PACKS) return [{ key: 'tooMany', values: { most: MOST_PACKS } }];
  const faults = packs.flatMap((_pack, index) =>
    [...faultsOfPack(packs, index, topology)].map(([property, key, values]) => ({ index, property, key, values })),
  );
  if (faults.length > 0 || !GROUPED.includes(topology)) return faults;
  const groups = groupsOf(packs);
  const uneven = groups.find((group) => group.length !== groups[0].length);
  if (!uneven) return [];
  const [name, otherName] = [groups[0], uneven].map(([{ group }]) => group);
  return [{ key: 'uneven', values: { name, size: groups[0].length, otherName, otherSize: uneven.length } }];
}

/** The first thing that is wrong with a list of packs, as a sentence; undefined when nothing is. */
function problemOfPacks(node, packs, topology) {
  const [first] = faultsOfPacks(packs, topology);
  if (!first) return undefined;
  const problem = node._(`bms-bank.fault.${first.key}`, first.values);
  return first.index === undefined ? problem : node._('bms-bank.error.pack', { number: first.index + 1, problem });
}
