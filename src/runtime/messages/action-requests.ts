import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { NotSentError, toBmsError } from '../../battery/errors';
import { printable, quoted } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import type { ActionRequest } from '../../session/action-request';
import type { ControlSettings } from '../settings/control-settings';

/**
 * Parses a message into an action request. With a fixed action the value is the node's typed input; else the payload names
 * both: `{ action, value, confirm? }`.
 * @throws BmsError `bad_value` when the message does not say which action, or the typed input cannot be evaluated
 */
export async function actionRequestOf(
  RED: NodeAPI,
  node: Node,
  settings: ControlSettings,
  message: NodeMessageInFlow,
): Promise<ActionRequest> {
  const { action, minIntervalMs, maxAgeMs } = settings;
  const limits = { minIntervalMs, maxAgeMs };
  if (action !== '') {
    return { action, value: await evaluate(RED, node, settings, message), confirm: own(message, 'confirm'), ...limits };
  }
  const { payload } = message;
  const named = typeof payload === 'object' && payload !== null ? own(payload, 'action') : undefined;
  if (typeof named !== 'string' || named === '') {
    const wanted = 'msg.payload = { action: "charge", value: true }';
    throw new NotSentError(
      'bad_value',
      say`The message names no action; send ${wanted}. Nothing was switched: nothing was sent.`,
    );
  }
  const confirm = own(message, 'confirm') ?? own(payload as object, 'confirm');
  return { action: named, value: own(payload as object, 'value'), confirm, ...limits };
}

/** A property of the object itself, not one that it inherits. */
function own(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function evaluate(
  RED: NodeAPI,
  node: Node,
  { value, valueType }: ControlSettings,
  message: NodeMessageInFlow,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => {
      const { message: reason } = toBmsError(thrown, 'bad_value');
      reject(
        new NotSentError(
          'bad_value',
          say`The value ${valueType} ${quoted(value)} cannot be evaluated: ${printable(reason, 200)}. Nothing was switched: nothing was sent.`,
          thrown,
        ),
      );
    };
    try {
      RED.util.evaluateNodeProperty(value, valueType, node, message, (error, result: unknown) => {
        if (error) fail(error);
        else resolve(result);
      });
    } catch (thrown) {
      fail(thrown);
    }
  });
}
