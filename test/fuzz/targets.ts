import { PROTOCOLS } from '../../src/codec/registry';
import { adminTarget } from './admin-target';
import { advertisedTarget } from './advertised-target';
import { boardTarget } from './board-target';
import { codecTarget } from './codec-target';
import { messagesTarget } from './messages-target';
import { nodesTarget } from './nodes-target';
import { sessionTarget } from './session-target';
import type { FuzzTarget } from './target';

/** Everything that takes input from outside. */
export const TARGETS: readonly FuzzTarget[] = [
  ...PROTOCOLS.map(codecTarget),
  ...PROTOCOLS.map(sessionTarget),
  ...[advertisedTarget, boardTarget, nodesTarget, messagesTarget, adminTarget],
];
