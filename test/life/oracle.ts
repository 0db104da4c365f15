import type { WriteEntry } from '../witness/boards/board';
import { voltageOf } from '../witness/boards/truth';
import { RATE_SET, RATES, Scene, type Wished } from './life';
import type { Life } from './settings';

/** What a deploy may have to wait for: an action that is ended, ms. */
const LONGEST_CLOSE_MS = 6000;

const DEAD_MAN_MS = 12_000;

/** What an action may take until it writes, ms. */
const ACTION_MS = 2000;

/** Plays a life to its end. @returns what did not hold */
export async function faultsIn(life: Life): Promise<string[]> {
  const scene = new Scene(life);
  try {
    await scene.play();
    await scene.finish();
    return faultsOf(scene);
  } finally {
    scene.world.dispose();
  }
}

/** Everything that must hold at the end of a life, whatever its settings and whatever has happened. @returns what does not */
function faultsOf(scene: Scene): string[] {
  return [
    ...wrongPack(scene),
    ...unwished(scene),
    ...settled(scene),
    ...normal(scene),
    ...saved(scene),
    ...lastWish(scene),
    ...carriedOut(scene),
    ...readings(scene),
    ...told(scene),
    ...line(scene),
  ];
}

/** Whether the settings let anything be switched. */
function mayControl({ allowControl, password }: Life): boolean {
  return allowControl && password !== 'wrong';
}

/** Whether the board that is meant hangs on the line at the end. */
function isThere({ life }: Scene): boolean {
  return life.event !== 'board swapped';
}

function wrongPack({ strangers }: Scene): string[] {
  // To leave a mode that it is not in changes nothing: that may go out before anybody knows who is there.
  const meant = strangers.flatMap(({ log }) => log.filter(({ kind, value }) => kind !== 'mode' || value !== false));
  return meant.map(({ what, value }) => `another pack was written: ${what}=${value}`);
}

/** The writes of what this life switches, as its action has them. */
function writesOf({ life, board }: Scene): { value: unknown; entry: WriteEntry }[] {
  const { action } = life;
  return board.log
    .filter(({ kind, taken }) => kind !== 'mode' && taken)
    .flatMap((entry) => {
      const value = valueOf(entry, action, board.truth.fullCapacity, board.truth.designCapacity);
      return value === undefined ? [] : [{ value, entry }];
    });
}

function valueOf({ what, value }: WriteEntry, action: string, full: number, design: number): unknown {
  if (what === action) return value;
  if (typeof value !== 'number') return undefined;
  if (what === 'locks' && action === 'charge') return (value & 1) === 0;
  if (what === 'locks' && action === 'discharge') return (value & 2) === 0;
  if (what === 'register 2d' && action === 'balancing') return (value & 4) !== 0;
  if (what === 'remaining' && action === 'soc') return Math.round(value / full);
  if (what === 'register 166' && action === 'soc') return Math.round(value / 1e4 / design);
  return undefined;
}

/** The dead-man switch wishes its safe state when nothing was heard for so long: from the last message, or the start. */
function wishesOf(scene: Scene): Wished[] {
  return [...scene.wishes].sort((a, b) => a.at - b.at);
}

function unwished(scene: Scene): string[] {
  const { life, board } = scene;
  if (!life.allowControl) return board.log.length > 0 ? ['written although it is not allowed'] : [];
  const wishes = wishesOf(scene);
  const faults: string[] = [];
  for (const { value, entry } of writesOf(scene)) {
    if (life.action === 'soc') {
      if (!wishes.some((wished) => near(wished.value, value)))
        faults.push(`soc ${String(value)} was written, unwished`);
      continue;
    }
    if (isOfDeadMan(scene, value, entry.at)) continue;
    if (!wantedAt(wishes, entry.at, scene).includes(value)) {
      faults.push(
        `${life.action}=${String(value)} was written at ${entry.at}, though something else was wished by then`,
      );
    }
  }
  if (life.event !== 'queue full' && life.event !== 'second device') {
    const usual = { charge: true, discharge: true, balancing: life.protocol !== 'ant' };
    const { chargeSwitch: charge, dischargeSwitch: discharge, balancingSwitch: balancing } = board.truth;
    const now: Record<string, boolean> = { charge, discharge, balancing };
    for (const [name, value] of Object.entries(usual)) {
      if (name !== life.action && now[name] !== value) faults.push(`${name} was switched, which nobody wished`);
    }
  }
  return [...faults, ...repeated(scene)];
}

/** Boards that tell what is set apart from what comes of it; on others an equal wish is sent again. */
function isSwitchRead({ protocol, action }: Life): boolean {
  return protocol === 'ant' ? action !== 'balancing' : protocol !== 'daly';
}

/** What was said already needs no write, and no wish is written more than once for each time that it counts anew. */
function repeated(scene: Scene): string[] {
  const { life, wishes } = scene;
  const first = wishes[0];
  const second = wishes[1];
  if (life.action === 'soc' || first === undefined || second === undefined || life.moment < 0) return [];
  const writes = writesOf(scene);
  const early = writes.filter(({ entry }) => entry.at < second.at && !isOfDeadMan(scene, false, entry.at));
  const isReadable = isSwitchRead(life);
  const faults = isReadable && first.value === true && early.length > 0 ? ['written although it was so already'] : [];
  if (life.event === 'queue full') return faults;
  for (const value of [true, false]) {
    const asked = wishes.filter((wished) => wished.value === value).length;
    // The dead-man switch tries again every ten seconds while it fails; an outage brings one restoring.
    const more = (life.deadMan === 12 && !value ? 12 : 0) + (life.restore ? 2 + scene.line.drops : 0);
    const made = writes.filter((write) => write.value === value).length;
    if (made > asked + more) faults.push(`${life.action}=${value} was written ${made} times, wished ${asked} times`);
  }
  return faults;
}

/** Whether a write is that of the dead-man switch, or of one that had begun when a message came. */
function isOfDeadMan({ life, world }: Scene, value: unknown, at: number): boolean {
  if (life.deadMan !== 12 || value !== false) return false;
  const heard = world.told.filter(({ node, at: then }) => node === 'control' && then <= at).map(({ at: then }) => then);
  const [last = 0, before = 0] = heard.reverse();
  return at - last >= DEAD_MAN_MS || (last - before >= DEAD_MAN_MS && at - last <= ACTION_MS);
}

/** Values that may be written at a time: the newest wish, and older ones as long as nothing came of the newer. */
function wantedAt(wishes: readonly Wished[], at: number, scene: Scene): unknown[] {
  const values: unknown[] = [];
  for (const { value, at: made, told } of [...wishes].reverse()) {
    if (made > at) continue;
    values.push(value);
    const isPending = told?.doneAt === undefined || told.doneAt > at;
    const cameToNothing = told?.error !== undefined && !wasWritten(scene, value, made, at);
    if (!isPending && !cameToNothing) break;
  }
  return values;
}

function wasWritten(scene: Scene, value: unknown, from: number, to = Infinity): boolean {
  return writesOf(scene).some((write) => near(write.value, value) && write.entry.at >= from && write.entry.at <= to);
}

function settled({ world }: Scene): string[] {
  return world.told
    .filter(({ dones }) => dones !== 1)
    .map(({ node, payload, dones }) => `${node} was done ${dones} times with ${JSON.stringify(payload)}`);
}

function normal(scene: Scene): string[] {
  const { board, leftBehind, life } = scene;
  // What breaks with the line cannot be ended before the nodes stop.
  if (leftBehind && !life.mischief.startsWith('line cut'))
    return ['a stop left the board in a mode that is not its normal one'];
  return isThere(scene) && !board.isNormal ? ['the board is left in a mode that is not its normal one'] : [];
}

/** What was confirmed lasts; what was not is saved as well, unless a line that broke or a stop came between. */
function saved({ wishes, board, life, line: { drops }, outage, reborn }: Scene): string[] {
  const unsaved = wishes.filter(
    ({ told, stateWhenDone }) => told?.error === undefined && stateWhenDone?.isSaved === false,
  );
  const faults = unsaved.map(({ value }) => `confirmed ${String(value)}, which is lost with the next restart`);
  const cameBetween = drops > 0 || outage || reborn || life.event === 'undeploy';
  const isConfirmed = wishes.at(-1)?.told?.error === undefined;
  if (!board.isSaved && (isConfirmed || !cameBetween)) faults.push('what was written is not saved');
  return faults;
}

/** What the board does at the end. */
function lastWish(scene: Scene): string[] {
  const { life, wishes, state } = scene;
  if (!isThere(scene) || !mayControl(life)) return [];
  if (life.deadMan === 12 && scene.controls) {
    return state === false ? [] : [`the dead-man switch has not brought ${life.action} to its safe state`];
  }
  const last = wishes.at(-1);
  if (last === undefined) return [];
  const isConfirmed = last.told?.error === undefined;
  const brokeOff = scene.outage || life.mischief.startsWith('line cut');
  const comesBack = life.restore && brokeOff && !scene.reborn && scene.controls;
  if (isConfirmed || (comesBack && wasWritten(scene, last.value, last.at))) {
    // Where only the effect is seen, off is what a protection holds off, too.
    const { is, effect } = last.stateWhenDone ?? {};
    const isHeldOff = !isSwitchRead(life) && effect === last.value && is !== last.value;
    if (!near(state, last.value) && !isHeldOff)
      return [`${life.action} is ${String(state)}, last wished ${String(last.value)}`];
  }
  return [];
}

const QUIET: readonly string[] = ['nothing', 'clock jumps ahead', 'clock jumps back', 'protection goes'];
const HARMLESS: readonly string[] = ['none', 'acknowledgement lost', 'obeys late'];

/** What comes of the wish itself. */
function carriedOut(scene: Scene): string[] {
  const { life, wishes } = scene;
  const faults: string[] = [];
  const wished = wishes.find(({ value, told }) => told?.node === 'control' && value === scene.wanted);
  const error = wished?.told?.error;
  if (wished !== undefined && !mayControl(life) && error?.code !== 'denied' && life.event === 'nothing') {
    faults.push(`not denied: ${error?.code ?? 'confirmed'}`);
  }
  // A protection that holds a MOSFET open does not keep its switch from being set.
  const isQuiet = QUIET.includes(life.event) || (life.event === 'protection comes' && isSwitchRead(life));
  const goesThrough = isQuiet && HARMLESS.includes(life.mischief) && mayControl(life);
  if (goesThrough && error !== undefined) faults.push(`the wish failed: ${error.code}, ${error.message}`);
  if (life.event === 'other node' || life.event === 'queue full') return faults;
  for (const { value, told, stateWhenDone } of wishes) {
    if (told?.error !== undefined || told?.doneAt === undefined) continue;
    const { is, effect } = stateWhenDone ?? {};
    // Where only the effect is seen, off is what a protection holds off, too.
    if (!near(is, value) && (isSwitchRead(life) || effect !== value))
      faults.push(`confirmed ${String(value)} while the board had ${String(is)}`);
  }
  return faults;
}

function readings(scene: Scene): string[] {
  const { world, board, life, happenedAt = Infinity } = scene;
  const volts = voltageOf(board.truth, 0.001);
  const faults = new Set<string>();
  for (const { node, at, message } of world.sent) {
    if (node !== 'read') continue;
    const { voltage, current } = message['payload'] as { voltage?: number; current?: number };
    if (life.event === 'board swapped' && at >= happenedAt) continue;
    if (voltage !== undefined && Math.abs(voltage - volts) > 0.1)
      faults.add(`read ${voltage} V of a pack of ${volts} V`);
    const wanted = board.truth.current * (life.invertCurrent ? -1 : 1);
    if (current !== undefined && current !== wanted) faults.add(`read ${current} A, which is ${wanted} A`);
  }
  return [...faults];
}

/** Errors and alarms that no message has caused: some for each outage, and none that stays. */
function told(scene: Scene): string[] {
  const { world } = scene;
  const faults: string[] = [];
  for (const node of ['read', 'cells', 'alarm', 'control', 'other']) {
    const own = world.errors.filter((entry) => entry.node === node);
    const most = scene.line.drops + (node === 'control' ? 3 : 1);
    if (own.length > most)
      faults.push(`${node} told ${own.length} errors: ${own.map(({ error }) => error.code).join(', ')}`);
  }
  const summaries = world.sent.filter(({ node, message }) => node === 'alarm' && active(message) !== undefined);
  const last = summaries.at(-1);
  const stays = last !== undefined && (active(last.message) ?? []).some(({ code }) => code === 'communication_lost');
  if (isThere(scene) && stays) faults.push('communication_lost stays though the board answers');
  return faults;
}

function active(message: Record<string, unknown> | null): { code: string }[] | undefined {
  return (message?.['payload'] as { active?: { code: string }[] } | undefined)?.active;
}

/** What is left on the line and on the clock when everything has ended. */
function line({ world, line: { channels, attempts, rates }, life }: Scene): string[] {
  const faults: string[] = [];
  if (world.slowestClose > LONGEST_CLOSE_MS) faults.push(`a deploy had to wait ${world.slowestClose} ms`);
  if (world.clock.timers > 0) faults.push(`${world.clock.timers} timers are left`);
  if (channels > 0 || attempts > 0) faults.push(`${channels} connections and ${attempts} attempts are left`);
  const wanted = life.line === 'serial, rate set' ? RATE_SET : RATES[life.protocol];
  if (life.line !== 'tcp' && rates.at(-1) !== wanted)
    faults.push(`opened at ${rates.at(-1)} baud instead of ${wanted}`);
  return faults;
}

function near(a: unknown, b: unknown): boolean {
  return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1 : a === b;
}
