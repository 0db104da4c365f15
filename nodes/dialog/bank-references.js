/** The most packs of a bank in a flow file: so many properties `pack1`, `pack2`, ... refer to its devices. */
const MOST_PACKS = 32;

/** Names of the properties that refer to the devices of a bank, in the order of its packs. */
const REFERENCES = Array.from({ length: MOST_PACKS }, (_none, i) => `pack${i + 1}`);

/** What is in the list of packs of a bank. */
function packsOf(bank) {
  return Array.isArray(bank.packs) ? bank.packs.filter((pack) => typeof pack === 'object' && pack !== null) : [];
}

/** The devices of packs as the properties refer to them: each once, because the editor counts each property as a user. */
function referencesTo(packs) {
  return packs.map(({ device }, i) => (packs.findIndex((other) => other.device === device) === i ? device : ''));
}

/**
 * Makes the list of packs of a bank and its references agree. The editor does not look into lists: a copy that was imported
 * has new ids in its references only; a flow that was made by hand has the list only.
 */
function settleReferences(bank) {
  if (bank.z && RED.workspaces.isLocked(bank.z)) return;
  const isNode = (id) => Boolean(id) && Boolean(RED.nodes.node(id));
  const present = packsOf(bank);
  const packs = present.map((pack, i) =>
    isNode(bank[REFERENCES[i]]) ? { ...pack, device: bank[REFERENCES[i]] } : pack,
  );
  if (JSON.stringify(packs) !== JSON.stringify(present)) bank.packs = packs;
  referencesTo(packs).forEach((id, i) => {
    if (i < MOST_PACKS && !bank[REFERENCES[i]] && isNode(id)) bank[REFERENCES[i]] = id;
  });
  for (const key of REFERENCES) if (isNode(bank[key])) addUser(RED.nodes.node(bank[key]), bank);
}

/** Notes who uses a config node, once: the editor counts a bank twice that has just been added. */
function addUser(config, user) {
  const others = config.users.filter(({ id }) => id !== user.id);
  if (config.users.includes(user) && others.length === config.users.length - 1) return;
  config.users.splice(0, config.users.length, ...others, user);
  RED.events.emit('nodes:change', config);
}

/** When the scope of a bank changes, the editor forgets who uses it: for it a field `device` names devices only. */
function settleUsers(bank) {
  const isInReach = ({ z }) => !bank.z || bank.z === z;
  RED.nodes.eachNode((node) => {
    if (node.device === bank.id && isInReach(node)) addUser(bank, node);
  });
}

/** When a device is deleted, the editor judges the bank before it is gone. */
function settleValidity(bank) {
  const wasValid = bank.valid;
  RED.editor.validateNode(bank);
  if (bank.valid === wasValid || wasValid === undefined) return;
  for (const user of bank.users) {
    RED.editor.validateNode(user);
    user.dirty = true;
  }
  RED.view.redraw();
}

/** Keeps references and users of all banks right, whatever the editor does with them and with their devices. */
function watchBanks() {
  let timer;
  const settle = () => {
    timer = undefined;
    RED.nodes.eachConfig((bank) => {
      if (bank.type !== 'bms-bank') return;
      settleReferences(bank);
      settleUsers(bank);
      settleValidity(bank);
    });
  };
  // After the editor is done, also with everything that it imports at once.
  const soon = ({ type }) => {
    if (type === 'bms-bank' || type === 'bms-device') timer ??= setTimeout(settle, 0);
  };
  for (const event of ['nodes:add', 'nodes:change', 'nodes:remove']) RED.events.on(event, soon);
}
