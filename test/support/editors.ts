import type { Runtime } from './node-red';

/** An editor that is tested, with the theme that a browser asks for. */
export interface EditorKind {
  readonly title: string;
  /** the one of the tests, when missing */
  readonly runtime?: Runtime;
  readonly theme: 'light' | 'dark';
  /** what Node-RED itself, in this version, draws in colours too faint for our measure */
  readonly faint: readonly string[];
}

/** What scripts/test-e2e.mjs has installed. */
function nodeRed5(): Runtime {
  const [home, binary] = [process.env['OPENBMS_NODE_RED_5_HOME'], process.env['OPENBMS_NODE_RED_5_BINARY']];
  if (home === undefined || binary === undefined)
    throw new Error('OPENBMS_NODE_RED_5_HOME or _BINARY is not set: run these tests with npm run test:e2e');
  return { home, binary };
}

export const NODE_RED_4: EditorKind = { title: 'Node-RED 4', theme: 'light', faint: ['::placeholder', 'button'] };
export const NODE_RED_5_LIGHT: EditorKind = {
  title: 'Node-RED 5',
  runtime: nodeRed5(),
  theme: 'light',
  faint: [],
};
export const NODE_RED_5_DARK: EditorKind = {
  title: 'Node-RED 5 in the dark',
  runtime: nodeRed5(),
  theme: 'dark',
  faint: ['button under the mouse'],
};

/** Every Node-RED that we support, in each theme that it has. */
export const EDITORS: readonly EditorKind[] = [NODE_RED_4, NODE_RED_5_LIGHT, NODE_RED_5_DARK];
