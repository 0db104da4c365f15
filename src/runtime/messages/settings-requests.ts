import type { NodeMessageInFlow } from 'node-red';
import { NotSentError } from '../../battery/errors';
import { quoted } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import { SETTINGS_ACTIONS, type SettingsNodeAction } from '../settings/settings-node';

/** What a message wants of the settings of a device. */
export interface SettingsTask {
  readonly action: SettingsNodeAction;
  /** settings by their keys, or a document, as they came; undefined where the message brings none */
  readonly settings: unknown;
  /** as it came; see `SettingsRequest.confirm` */
  readonly confirm: unknown;
}

/**
 * Parses a message. With a fixed action the payload is the settings; else it names the action beside them:
 * `{ action, ...settings }`, or `{ action, settings: {...} }`.
 * @throws NotSentError `bad_value` when the message names no action
 */
export function settingsTaskOf(fixed: SettingsNodeAction | '', message: NodeMessageInFlow): SettingsTask {
  const payload = ownOf(message.payload);
  const { action: named, confirm: inPayload, ...rest } = payload ?? {};
  const confirm: unknown = Object.getOwnPropertyDescriptor(message, 'confirm')?.value ?? inPayload;
  const action = fixed === '' ? actionNamed(named) : fixed;
  return { action, settings: settingsIn(rest), confirm };
}

function actionNamed(named: unknown): SettingsNodeAction {
  const action = SETTINGS_ACTIONS.find((each) => each === named);
  if (action !== undefined) return action;
  const wanted = 'msg.payload = { action: "read" }';
  throw new NotSentError(
    'bad_value',
    typeof named === 'string' && named !== ''
      ? say`There is no action ${quoted(named)}; it is one of ${SETTINGS_ACTIONS.join(', ')}. Nothing was sent.`
      : say`The message names no action; send ${wanted}. Nothing was sent.`,
  );
}

/** What is left of the payload: a document, settings by their keys, or those in a property of their own. */
function settingsIn(rest: Record<string, unknown>): unknown {
  const keys = Object.keys(rest);
  if (keys.length === 0) return undefined;
  const isWrapped = keys.length === 1 && keys[0] === 'settings';
  return isWrapped ? rest.settings : rest;
}

/** The own properties of an object; undefined for anything else. */
function ownOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
