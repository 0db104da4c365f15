import type { Node, NodeAPI } from 'node-red';
import { toBmsError } from '../../battery/errors';
import { say, sequenceOf, type Sentence } from '../../battery/sentence';
import {
  describeUnfinished,
  journalEntryIn,
  type JournalEntry,
  type Unfinished,
  type UnfinishedSetting,
} from '../../session/settings/journal';
import type { Device } from '../../session/device';
import { serverLanguage } from '../languages';
import { shownSetting } from '../messages/settings-messages';
import type { DeviceJournal } from './device-journal';

/**
 * After a stop in the midst of writing settings: reads the board once it is there, and says which settings stand at what.
 * Nothing is written; where all stand as before, or all as they were wanted, there is nothing left to say at the next start.
 * @returns ends it
 */
export function reportUnfinished(
  RED: Pick<NodeAPI, '_'>,
  node: Node,
  device: Device,
  journal: DeviceJournal,
): () => void {
  const language = serverLanguage(RED);
  const unsubscribe = device.readings.subscribe(() => {
    unsubscribe();
    void tell();
  });
  return unsubscribe;

  async function tell(): Promise<void> {
    try {
      const begun = journalEntryIn(journal.unfinished());
      if (begun === undefined)
        return node.warn(
          language.text(
            say`The journal of writing settings of ${device.name} cannot be read; compare its settings with the last snapshot.`,
          ),
        );
      const unfinished = describeUnfinished(begun, await device.readSettings());
      node.warn(language.text(sentenceOf(device.name, begun, unfinished)));
      if (isSettled(unfinished)) await journal.end();
    } catch (thrown) {
      const error = toBmsError(thrown);
      if (error.code === 'closed') return;
      node.warn(
        language.text(
          say`Node-RED stopped while settings of ${device.name} were being written; what stands could not be read: ${error.sentence}`,
        ),
      );
    }
  }
}

function isSettled({ isThatBoard, settings }: Unfinished): boolean {
  const states = new Set(settings.map(({ stands }) => stands));
  return isThatBoard && states.size === 1 && (states.has('before') || states.has('written'));
}

function sentenceOf(device: string, { snapshot }: JournalEntry, { isThatBoard, settings }: Unfinished): Sentence {
  const begun = say`Node-RED stopped while settings of ${device} were being written.`;
  if (!isThatBoard)
    return sequenceOf([begun, say`Another board answers now; nothing is known of the one that was written to.`]);
  const advice = say`Nothing is written by itself: restore the snapshot of ${new Date(snapshot.taken ?? 0).toISOString()}, or write the settings again.`;
  return sequenceOf([begun, ...settings.map(standing), ...(isSettled({ isThatBoard, settings }) ? [] : [advice])]);
}

function standing({ key, before, wanted, present, stands }: UnfinishedSetting): Sentence {
  switch (stands) {
    case 'before':
      return say`${key} stands at ${shownSetting(present)} as before.`;
    case 'written':
      return say`${key} stands at ${shownSetting(present)} as it was wanted; before, it was ${shownSetting(before)}.`;
    case 'neither':
      return say`${key} stands at ${shownSetting(present)}; before, it was ${shownSetting(before)}, wanted was ${shownSetting(wanted)}.`;
    case 'unknown':
      return say`What ${key} stands at is not known; before, it was ${shownSetting(before)}, wanted was ${shownSetting(wanted)}.`;
  }
}
