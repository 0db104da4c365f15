import { existsSync } from 'node:fs';
import { BmsError } from '../battery/errors';
import { say, type Sentence } from '../battery/sentence';

/** How to install a package where Node-RED finds it. Its binaries are ready-made; its script wants a compiler. */
export function installHint(name: string): Sentence {
  return hint(`npm install --ignore-scripts ${name}`);
}

/** A library that is installed, but cannot be loaded or fails as it starts. */
export function brokenLibrary(name: string, thrown: unknown): BmsError {
  const [reason = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  const remedy = /no native build/i.test(reason)
    ? say`it brings no binary for this system: with a compiler, make and Python installed, ${hint('npm rebuild')}`
    : installHint(name);
  return new BmsError(
    'adapter_missing',
    say`${name} does not run here (${reason}); ${remedy}.`,
    thrown,
    'library_missing',
  );
}

function hint(command: string): Sentence {
  return existsSync('/data/package.json')
    ? say`run "${command}" in the folder /data and restart Node-RED`
    : say`run "${command}" in your Node-RED user directory and restart Node-RED`;
}
