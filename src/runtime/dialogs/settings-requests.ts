import { BmsError, toBmsError } from '../../battery/errors';
import { shownValue } from '../../battery/quoted';
import { say } from '../../battery/sentence';
import { quickSetup, type QuickSetup } from '../../battery/settings/presets';
import type { SettingValue } from '../../battery/settings/vocabulary';
import type { WritePermission } from '../../codec/settings/permission';
import type { SettingReport, SettingsFailure } from '../../session/settings/report';
import type { SettingsAction, SettingsProgress } from '../../session/settings/requests';
import type { Language } from '../languages';
import { deviceSettings } from '../settings/device-settings';
import type { DialogRequest } from './admin-endpoints';
import {
  compareWithBoard,
  compareWithFile,
  compareWithVendorFile,
  vendorFileText,
  type ComparisonView,
} from './settings-compare';
import {
  dialogDevice,
  inDialog,
  keepRead,
  progressOf,
  readBefore,
  type DialogDevice,
  type Nodes,
} from './settings-jobs';
import {
  planView,
  proposalView,
  settingsView,
  type PlanView,
  type ProposalView,
  type SettingsView,
} from './settings-views';

/*
 * What the dialog of a device asks of the settings of its board. It works on the device as it is deployed; what that does not allow
 * is not written, whatever the dialog shows.
 */

/** What became of settings that were to be written. */
export type WrittenView = { readonly written: number; readonly snapshot: object } | { readonly failed: FailureView };

/** Why settings were not written, and what the board holds. */
interface FailureView {
  readonly error: string;
  readonly code: string;
  readonly report: readonly ReportedSetting[];
}

interface ReportedSetting {
  readonly label: string;
  readonly wanted: string;
  readonly before: string;
  /** '' where it is not known */
  readonly present: string;
  readonly restored: boolean;
}

/** How far what runs for a dialog has come. Asked with the parameter `device`. */
export function settingsProgress(request: DialogRequest): Promise<Partial<SettingsProgress>> {
  return Promise.resolve(progressOf(request.text('device')) ?? {});
}

/** What a dialog may ask for beside the progress. */
export const SETTINGS_ACTIONS = {
  read: readForDialog,
  compare: compareForDialog,
  vendorFile: vendorFileForDialog,
  quickSetup: quickSetupForDialog,
  plan: planForDialog,
  write: writeForDialog,
} as const;

/** Reads all settings of a board; it ends when the dialog goes away. Asked with `{ device }`. @throws BmsError */
async function readForDialog(nodes: Nodes, request: DialogRequest, language: Language): Promise<SettingsView> {
  const subject = dialogDevice(nodes, request.body['device']);
  const read = await inDialog(subject, (progress) =>
    subject.device.readSettings({ progress, signal: whileOpen(request) }),
  );
  keepRead(subject, read);
  return settingsView(read, permissionOf(subject), language);
}

/**
 * Compares the settings that were read last with a file (`settings`), the file of a vendor's program (`vendorFile`), or another
 * pack (`other`), which is read. Asked with `{ device }` and one of these.
 * @throws BmsError
 */
async function compareForDialog(nodes: Nodes, request: DialogRequest, language: Language): Promise<ComparisonView> {
  const { device, settings, vendorFile, other } = request.body;
  const subject = dialogDevice(nodes, device);
  const [read, permission] = [readBefore(subject), permissionOf(subject)];
  if (typeof vendorFile === 'string') return compareWithVendorFile(read, vendorFile, permission, language);
  if (other === undefined) return compareWithFile(read, settings, permission, language);
  const sister = dialogDevice(nodes, other);
  const there = await inDialog(sister, (progress) =>
    sister.device.readSettings({ progress, signal: whileOpen(request) }),
  );
  return compareWithBoard(read, there, permission, language);
}

/** The file of the vendor's program, of what was read last. Asked with `{ device, others? }`. @throws BmsError */
async function vendorFileForDialog(nodes: Nodes, { body }: DialogRequest): Promise<{ text: string }> {
  const others: unknown[] = Array.isArray(body['others']) ? body['others'] : [];
  const lines = others.filter((line): line is string => typeof line === 'string' && line.length < LONGEST_LINE);
  return { text: vendorFileText(readBefore(dialogDevice(nodes, body['device'])), lines) };
}

const LONGEST_LINE = 200;

/** Plans how settings are written. Asked with `{ device, action, settings }`. Nothing is written. @throws BmsError */
async function planForDialog(nodes: Nodes, request: DialogRequest, language: Language): Promise<PlanView> {
  const { device, settings } = request.body;
  const subject = dialogDevice(nodes, device);
  const action = actionOf(request);
  const planned = await inDialog(subject, (progress) => subject.device.planSettings({ action, settings, progress }));
  keepRead(subject, planned.present);
  return planView(planned, language);
}

/**
 * Writes settings; it goes on to its end when the dialog goes away. Asked with `{ device, action, settings, confirm }`.
 * @returns also what became of each setting when it went wrong
 * @throws BmsError `not_found`, `port_busy`
 */
async function writeForDialog(nodes: Nodes, request: DialogRequest, language: Language): Promise<WrittenView> {
  const { device, settings, confirm } = request.body;
  const subject = dialogDevice(nodes, device);
  const action = actionOf(request);
  return inDialog(subject, async (progress) => {
    try {
      const { written, snapshot } = await subject.device.applySettings({ action, settings, confirm, progress });
      return { written: written.length, snapshot };
    } catch (thrown) {
      const error = toBmsError(thrown);
      const report = reportIn(error.cause).map((entry) => reported(entry, language));
      return { failed: { error: language.text(error.sentence), code: error.code, report } };
    }
  });
}

/** What an error says of each setting; nothing where it was none of writing. */
function reportIn(cause: unknown): SettingsFailure['report'] {
  if (typeof cause !== 'object' || cause === null || !('report' in cause)) return [];
  return (cause as SettingsFailure).report;
}

function reported({ key, wanted, before, present, restored }: SettingReport, { settings }: Language): ReportedSetting {
  const shown = (value: SettingValue | undefined): string => (value === undefined ? '' : settings.value(value));
  return {
    label: settings.setting(key),
    wanted: shown(wanted),
    before: shown(before),
    present: shown(present),
    restored,
  };
}

/**
 * What is proposed for a chemistry, a number of cells and a capacity, of what this board has. Asked with
 * `{ device, chemistry, cells, capacity, isHighVoltage? }`. Nothing is written.
 * @throws BmsError `bad_value`, `unsupported`
 */
async function quickSetupForDialog(nodes: Nodes, { body }: DialogRequest, language: Language): Promise<ProposalView> {
  const subject = dialogDevice(nodes, body['device']);
  const read = readBefore(subject);
  const { chemistry, cells, capacity, isHighVoltage } = body;
  // Checked by `quickSetup`: what it is given here comes from a browser.
  const setup = { chemistry, cells, capacity, isHighVoltage: isHighVoltage === true } as QuickSetup;
  return proposalView(read, (has) => quickSetup(setup, has), permissionOf(subject), language);
}

function actionOf({ body }: DialogRequest): SettingsAction {
  const { action } = body;
  if (action === 'write' || action === 'restore') return action;
  throw new BmsError('bad_value', say`There is no action ${shownValue(action)} for the settings. Nothing was written.`);
}

function permissionOf({ node }: DialogDevice): WritePermission {
  const { allowSettings, allowExperimentalSettings } = deviceSettings(node.config);
  return { level: allowSettings, allowExperimental: allowExperimentalSettings };
}

/** A signal that ends what is read for a dialog when that is closed, or its browser is. */
function whileOpen(request: DialogRequest): AbortSignal {
  const open = new AbortController();
  request.whenGone(() => open.abort());
  return open.signal;
}
