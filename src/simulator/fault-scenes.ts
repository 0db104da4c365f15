import type { Demand, Moment } from './demand';

/** A stretch of the tour through everything that can go wrong. */
interface Scene {
  /** what a person at the test bench does */
  readonly name: string;
  readonly minutes: number;
  /** as fractions of the rated charge and discharge currents */
  readonly charger?: number;
  readonly load?: number;
  /** the charger stops when the board counts this much, % */
  readonly untilSoc?: number;
  /** the charger holds no voltage limit */
  readonly broken?: boolean;
  /** °C beyond the limit up to which, or down to which, the cells may be discharged */
  readonly hotBy?: number;
  readonly coldBy?: number;
  /** V lost in a bad joint at the rated discharge current */
  readonly jointDrop?: number;
}

/** In an order that a real pack can follow: it must be charged and discharged in between. */
const SCENES: readonly Scene[] = [
  { name: 'a load within limits', minutes: 0.5, load: 0.5 },
  { name: 'a load that is too big', minutes: 2, load: 1.25 },
  { name: 'a short circuit', minutes: 1, load: 10 },
  { name: 'a charger that is too big', minutes: 2, charger: 1.25 },
  { name: 'a loose cell connector', minutes: 2, load: 0.9, jointDrop: 0.45 },
  { name: 'an oven', minutes: 25, load: 0.2, hotBy: 30 },
  { name: 'cooling down', minutes: 25 },
  { name: 'a charger in the frost', minutes: 25, charger: 0.1, coldBy: 16 },
  { name: 'warming up', minutes: 25 },
  { name: 'a charger that does not stop', minutes: 65, charger: 1, broken: true },
  { name: 'a load that does not stop', minutes: 95, load: 1 },
  { name: 'a charger that keeps its limits', minutes: 92.5, charger: 1, untilSoc: 70 },
];

const ROOM = 22;

const TOUR_S = 60 * SCENES.reduce((sum, scene) => sum + scene.minutes, 0);

/** The scenes on a test bench in a climate chamber, one after another and over again: six hours. */
export function testBench(moment: Moment): Demand {
  const scene = sceneAt(moment.seconds % TOUR_S);
  const { chemistry, chargeCurrent, dischargeCurrent } = moment.ratings;
  const limits = chemistry.temperature;
  const charged = scene.untilSoc !== undefined && moment.soc >= scene.untilSoc;
  let ambient = ROOM;
  if (scene.hotBy !== undefined) ambient = limits.dischargeMax + scene.hotBy;
  if (scene.coldBy !== undefined) ambient = limits.dischargeMin - scene.coldBy;
  return {
    charger: charged ? 0 : chargeCurrent * (scene.charger ?? 0),
    load: dischargeCurrent * (scene.load ?? 0),
    cellVoltage: scene.broken === true ? Infinity : chemistry.voltage.full,
    ambient,
    moving: true,
    looseContact: (scene.jointDrop ?? 0) / dischargeCurrent,
  };
}

function sceneAt(second: number): Scene {
  let end = 0;
  for (const scene of SCENES) {
    end += 60 * scene.minutes;
    if (second < end) return scene;
  }
  return { name: 'the end', minutes: 0 };
}
