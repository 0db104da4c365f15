import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import vm from 'node:vm';

const fromHere = createRequire(__filename);
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { 'node-red': { nodes: Record<string, string> } };
const { dialogFile } = fromHere(join(process.cwd(), 'scripts', 'dialog-code.mjs')) as {
  dialogFile(path: string): string;
};

/** Every node of the package, as `package.json` tells Node-RED of it. */
export const NODE_TYPES: readonly string[] = Object.keys(manifest['node-red'].nodes);

/** What a node's HTML file registers in the editor, as far as tests look at it. */
interface Definition {
  category: string;
  defaults: Record<string, Property | undefined>;
}

interface Property {
  value: unknown;
  validate?(this: unknown, value: unknown, options: object): true | string;
}

/** The HTML file of a node, as it ships. */
export function dialogOf(type: string): string {
  return dialogFile(join('nodes', `${type}.html`));
}

/** The definition that a node's HTML file registers; no dialog is open. */
export function definitionOf(type: string): Definition {
  const code = /<script type="text\/javascript">([^]*?)<\/script>/.exec(dialogOf(type))?.[1] ?? '';
  const found: Definition[] = [];
  const RED = {
    _: (key: string) => key,
    events: { on: () => undefined },
    nodes: { registerType: (_type: string, registered: Definition) => void found.push(registered) },
  };
  vm.runInNewContext(code, { RED, $: () => ({ length: 0 }) }, { filename: `${type}.html` });
  if (found[0] === undefined) throw new Error(`nodes/${type}.html registers nothing`);
  return found[0];
}

/** What the validator of a node's property says. @param saved the other properties of the node, and `_`, its texts */
export function verdictIn(type: string, property: string, value: unknown, saved: object = {}): true | string {
  const found = definitionOf(type).defaults[property];
  if (found === undefined) throw new Error(`nodes/${type}.html has no property ${property}`);
  return found.validate?.call({ _: (key: string) => key, ...saved }, value, {}) ?? true;
}

/** The nodes that stand in flows, with wires. */
export const FLOW_NODE_TYPES: readonly string[] = NODE_TYPES.filter((type) => definitionOf(type).category !== 'config');

/** The nodes that send readings, by themselves or when asked. */
export const READING_NODE_TYPES: readonly string[] = FLOW_NODE_TYPES.filter(
  (type) => definitionOf(type).defaults['emit']?.value === 'poll',
);
