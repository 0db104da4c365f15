import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { BmsError } from '../battery/errors';
import type { Reading } from '../battery/reading';
import type { Sentence } from '../battery/sentence';
import { systemClock } from '../clock';
import type { Battery } from '../session/battery';
import type { Snapshot } from '../session/device';
import { BatteryUser } from './battery-user';
import { Inputs } from './inputs';
import { serverLanguage, type Language } from './languages';
import { answerOfBattery, pauseRequestOf } from './messages/device-requests';
import { reasonOf, reportProblem } from './status';
import { choiceProperty, settingsOr, textProperty, type Config } from './settings/properties';
import { provenanceNow, repliesTo, type ReadingMessage } from './messages/reading-messages';

export const EMITS = ['poll', 'change', 'input'] as const;

export interface ReadingNodeOptions<F extends string> {
  RED: NodeAPI;
  node: Node;
  /** with the properties `device`, `topic`, `emit` and `format` */
  config: Config;
  /** the first is the default */
  formats: readonly [F, ...F[]];
  /** The messages for a reading, none when it has nothing for them. */
  messagesOf(snapshot: Snapshot, format: F, topic: string): ReadingMessage[];
  /** Whether a reading differs from the one that was sent last, in what the messages are about. */
  hasChanged(before: Reading | undefined, now: Reading): boolean;
  /** the answer to a question when there are no messages, one plain sentence */
  nothing: Sentence;
  /** whether a message may release the line of the device; not, when missing */
  releases?: boolean;
}

/**
 * Makes a node that sends the readings of its device: every one, those that have changed, or none but the answers to
 * messages that ask for one.
 */
export function sendReadings<F extends string>(options: ReadingNodeOptions<F>): void {
  const { RED, node, config, nothing } = options;
  const settings = settingsOf(options);
  const problem = settings instanceof BmsError ? settings : undefined;
  if (problem !== undefined) reportProblem(RED, node, problem);
  const { emit, format } = settings instanceof BmsError ? { emit: 'input', format: options.formats[0] } : settings;
  let sent: Reading | undefined;

  const topicOf = (device: string): string => textProperty(config, 'topic') || device;
  const messagesOf = (snapshot: Snapshot): ReadingMessage[] => {
    const messages = options.messagesOf(translated(snapshot, serverLanguage(RED)), format, topicOf(snapshot.device));
    if (messages.length > 0) sent = snapshot.reading;
    return messages;
  };
  const user = new BatteryUser({
    RED,
    node,
    deviceId: config['device'],
    followsPolls: emit !== 'input',
    onReading: (snapshot) => {
      // A reading that this node has asked for leaves as the answer to its question.
      if (emit === 'input' || snapshot.askers.has(node)) return;
      if (emit === 'change' && !options.hasChanged(sent, snapshot.reading)) return;
      for (const message of messagesOf(snapshot)) node.send(message);
    },
    statusOf: () => problem && { fill: 'red', shape: 'ring', text: reasonOf(RED, problem) },
  });
  const inputs = new Inputs(RED, node, async (message, send) => {
    if (problem !== undefined) throw problem;
    const battery = user.require();
    const done = await answerTo(battery, message, options.releases === true);
    if (done !== undefined) {
      const bms = provenanceNow(battery, systemClock.now());
      return send(Object.assign(message, { topic: topicOf(battery.name), payload: done, bms }));
    }
    const snapshot = await battery.read({ asker: node });
    const answers = messagesOf(snapshot);
    if (answers.length === 0) throw new BmsError('unsupported', nothing);
    send([repliesTo(message, answers, RED.util)]);
  });

  node.on('close', (removed: boolean, done: () => void) => {
    inputs.close();
    user.close(removed);
    done();
  });
}

/**
 * Does what a message requests of the battery instead of a reading: accepts its board, takes out a pack, pauses its line.
 * @returns the payload of the answer; undefined when the message requests a reading
 */
async function answerTo(battery: Battery, message: NodeMessageInFlow, releases: boolean): Promise<object | undefined> {
  const answer = answerOfBattery(battery, message);
  if (answer !== undefined) return answer;
  const seconds = releases ? pauseRequestOf(message) : undefined;
  if (seconds === undefined) return undefined;
  await battery.pause(seconds * 1000);
  return { released: seconds > 0, seconds };
}

/** A reading as it leaves for a flow: what its alarms say is in the language of the server. */
function translated(snapshot: Snapshot, language: Language): Snapshot {
  const { alarms } = snapshot.reading;
  if (alarms === undefined || alarms.length === 0) return snapshot;
  return { ...snapshot, reading: { ...snapshot.reading, alarms: language.alarms(alarms) } };
}

interface Choices<F> {
  emit: (typeof EMITS)[number];
  format: F;
}

/** The node's choices, or what is wrong with them: a node that is not set up as meant sends nothing. */
function settingsOf<F extends string>({ config, formats }: ReadingNodeOptions<F>): Choices<F> | BmsError {
  return settingsOr(() => ({
    emit: choiceProperty(config, 'emit', EMITS, 'poll'),
    format: choiceProperty(config, 'format', formats, formats[0]),
  }));
}
