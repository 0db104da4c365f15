import { dateOf, dayBefore, dayStart } from '../../src/battery/energy/local-day';
import { longestStep, stepEnergy } from '../../src/battery/energy/energy';
import { newEnergy } from '../../src/battery/energy/state';
import { summaryOf } from '../../src/battery/energy/summary';

/*
 * Days of one time zone, run as a program so that it has that zone: 1000 W from the first of March on, a reading each half hour.
 * It writes how long each day was by what was counted: `energy-days.js <year> <days>`.
 */

const STEP_MS = 30 * 60_000;
const [, , year = '2026', count = '300'] = process.argv;
const begin = new Date(Number(year), 2, 1).getTime();
let state = newEnergy(begin);
const hours: Record<string, number> = {};
const wrong: string[] = [];
let date = '';
for (let i = 0; i <= Number(count) * 48; i++) {
  const wall = begin + i * STEP_MS;
  state = stepEnergy(state, {
    kind: 'reading',
    reading: { power: 1000, current: 20 },
    at: { wall, monotonic: i * STEP_MS },
    ...{ source: 'pack', longestStepMs: longestStep(3 * STEP_MS) },
  });
  const now = dateOf(wall);
  const { today, yesterday } = summaryOf(state, state.total, wall);
  if (now !== date) {
    if (date !== '' && dayBefore(now) !== date) wrong.push(`${now} follows ${date}`);
    if (dayStart(wall) !== wall) wrong.push(`${now} begins at ${new Date(dayStart(wall)).toISOString()}`);
    if (date !== '') hours[date] = yesterday.chargedEnergy / 1000;
    date = now;
    if (today.chargedEnergy !== 0) wrong.push(`${now} begins with ${today.chargedEnergy} Wh`);
  }
}
process.stdout.write(JSON.stringify({ hours, wrong }));
