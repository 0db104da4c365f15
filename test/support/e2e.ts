import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type FlowNode = Record<string, unknown> & { id: string; type: string; name?: string };

/** The folder into which scripts/test-e2e.mjs installs what only these tests need. */
function home(): string {
  const path = process.env['OPENBMS_E2E_HOME'];
  if (path === undefined) throw new Error('OPENBMS_E2E_HOME is not set: run these tests with npm run test:e2e');
  return path;
}

/** The folder of a package of further nodes. */
export function palette(name: string): string {
  return join(home(), 'node_modules', name);
}

/** A library that only these tests need. */
export function library(name: string): unknown {
  return createRequire(join(home(), 'package.json'))(name);
}

/** The first of some programs that is there. */
export function program(...paths: readonly string[]): string {
  const found = paths.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`None of ${paths.join(', ')} is there: install the Debian packages of .ci/run`);
  return found;
}

/**
 * The nodes of an example, as it ships, with some properties changed.
 * @param changes by type of node, or by type and name as `bms-device House bank`
 */
export function example(file: string, changes: Readonly<Record<string, object>> = {}): FlowNode[] {
  const nodes = JSON.parse(readFileSync(join('examples', `${file}.json`), 'utf8')) as FlowNode[];
  const used = new Set<string>();
  const changed = nodes.map((node) => {
    const keys = [node.type, `${node.type} ${node.name}`].filter((key) => key in changes);
    for (const key of keys) used.add(key);
    return Object.assign({}, node, ...keys.map((key) => changes[key])) as FlowNode;
  });
  const unused = Object.keys(changes).filter((key) => !used.has(key));
  if (unused.length > 0) throw new Error(`${file} has no ${unused.join(', ')}`);
  return changed;
}

/** The only node of a type, or of a type and name. */
export function nodeOf(nodes: readonly FlowNode[], type: string, name?: string): FlowNode {
  const [found] = nodes.filter((node) => node.type === type && (name === undefined || node.name === name));
  if (found === undefined) throw new Error(`There is no ${type} ${name ?? ''}`);
  return found;
}

/** The example, and Catch nodes that tell the test of every error. */
export function watched(nodes: readonly FlowNode[], collecting: (tab: string) => object[]): object[] {
  return [...nodes, ...collecting(nodeOf(nodes, 'tab').id)];
}
