// Installs a real Node-RED 5, and the newer Node.js that it needs unless this one is new enough: both come from the npm
// registry into .cache/.
import { join } from 'node:path';
import { installApart } from './setup.mjs';

const NODE_RED = '5.0.7';
const NODE = '22.23.3';
const OLDEST_NODE_MAJOR = 22;

/** @returns the folder whose node_modules holds Node-RED, and the Node.js that runs it */
export function nodeRed5() {
  const isNewEnough = Number(process.versions.node.split('.')[0]) >= OLDEST_NODE_MAJOR;
  const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const wanted = [`node-red@${NODE_RED}`, ...(isNewEnough ? [] : [`${nodePackage}@${NODE}`])];
  const home = installApart(`node-red-${NODE_RED}`, wanted);
  return { home, binary: isNewEnough ? process.execPath : join(home, 'node_modules', nodePackage, 'bin', 'node') };
}
