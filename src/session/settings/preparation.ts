import { say } from '../../battery/sentence';
import type { WantedSettings } from '../../codec/settings/parse-document';
import { planSettings } from '../../codec/settings/plan';
import { isWeak } from '../read-back';
import type { SettingsContext } from './board-jobs';
import { BoardSessions, type SettingsSubject } from './board-sessions';
import { objection, objectionsTo, throwObjections, type Consent } from './checks';
import { readImage } from './image-reader';
import { boardReason, isOwn } from './origin';
import { withDocument } from './read-settings';
import { refusedError } from './report';
import type { PlannedSettings, SettingsAction, SettingsRequest } from './requests';

/** What is needed to plan how settings are written to a board. */
export interface Preparation {
  readonly context: SettingsContext;
  readonly subject: SettingsSubject;
  readonly request: SettingsRequest;
  readonly wanted: WantedSettings;
  readonly consent: Consent;
  /** whether nothing will be written: then a board whose answers prove little is read once all the same */
  readonly isDryRun: boolean;
}

/** A plan, and the sessions to go on with, on the connection on which the board was read. */
export interface Prepared {
  readonly planned: PlannedSettings;
  readonly sessions: BoardSessions;
}

/**
 * Reads a board afresh, plans what is written to it, and checks what speaks against it.
 * @throws BmsError why the board cannot be read; `denied` when another one answers in its place
 */
export async function prepare(preparation: Preparation): Promise<Prepared> {
  const { context, subject, request, wanted, consent, isDryRun } = preparation;
  const { access, board } = subject;
  const priority = isDryRun ? 'request' : 'control';
  const { reading } = await context.reader.read(priority);
  const refusal = context.guard.objection();
  if (refusal !== undefined && !isDryRun) throw refusal;
  const sessions = new BoardSessions(context, subject);
  const { target } = board.reader;
  const image = await readImage(sessions, {
    ...{ access, blocks: access.blocks(target), kind: { priority } },
    twice: !isDryRun && isWeak(board.protocol.checksum),
    progress: (step) => request.progress?.(step),
  });
  const present = withDocument({ access, target, image }, board.protocol, context);
  const own = isOwn(wanted, present.document, request.action);
  const plan = planSettings({ board: present, wanted, permission: context.permission, isOwn: own });
  // What changes nothing needs no rest of the pack: a schedule may ask for what is there already.
  const isNothing = plan.plan.length === 0 && plan.refused.length === 0;
  const failed = [
    ...objection('board', boardReason(wanted, present.document, request.action)),
    ...objectionsTo(plan, reading),
    ...objection('master', context.isDisturbed() ? say`Another host uses ${context.bus.name}.` : undefined),
  ];
  const objections = isNothing ? [] : failed.filter(({ check }) => !consent.passed.has(check));
  return { planned: { ...plan, present, objections }, sessions };
}

/** @throws BmsError why a plan may not be carried out */
export function checkPlan(planned: PlannedSettings, action: SettingsAction): void {
  const refusal = refusedError(planned);
  if (refusal !== undefined) throw refusal;
  throwObjections(planned.objections, action);
}
