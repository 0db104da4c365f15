import type { Alarm } from '../../battery/alarm';
import type { Reading } from '../../battery/reading';
import { say } from '../../battery/sentence';
import { malformed } from '../kit/malformed';
import { alarmBits, type Raw, type Values } from './tables';
import { currentOf, temperatureOf } from './values';
import { walk } from './walk';

/** of the request that is answered, for messages */
export const NAME = 'all values (06)';

const VERSION_ID = 0xc0;
const SECONDS_PER_MINUTE = 60;
/** How the manufacturer's field begins that holds a model; older firmware has a production code there (jk.md 5). */
const MODEL = /^JK[-_]/;

/**
 * Ids with their data, as a reading. Ids that are missing leave their values absent.
 * @throws BmsError `malformed` when there is no known id
 */
export function decodeSet(data: Buffer): Reading {
  const values: Values = { reading: {}, raw: {} };
  const { raw } = values;
  let known = 0;
  const whole = walk(data, (item, at) => {
    item.decode(data, at, values);
    known++;
  });
  if (known === 0) throw malformed(NAME, say`it holds no id that is known`);
  const version = versionAtEnd(data) ?? raw.version;
  if (version !== undefined) raw.version = version;
  // Behind an id that ended the walk there may have been the version, without which the current means nothing.
  if (!whole && version === undefined) delete raw.current;
  return complete(values);
}

/** The version of the protocol is its last id, and is found there even when the walk stops early (jk.md 6). */
function versionAtEnd(data: Buffer): number | undefined {
  const version = data[data.length - 1];
  return data[data.length - 2] === VERSION_ID && (version === 0 || version === 1) ? version : undefined;
}

function complete({ reading, raw }: Values): Reading {
  const { designCapacity, soc } = reading;
  if (raw.model !== undefined && MODEL.test(raw.model)) reading.model = raw.model;
  if (raw.current !== undefined) reading.current = currentOf(raw.current, raw.version);
  const mosTemperature = raw.mosTemperature === undefined ? null : temperatureOf(raw.mosTemperature);
  if (mosTemperature !== null) reading.mosTemperature = mosTemperature;
  const temperatures = temperaturesOf(raw.boxTemperature, raw.batteryTemperature);
  if (temperatures !== undefined) reading.temperatures = temperatures;
  if (raw.runtimeMinutes !== undefined) reading.runtime = raw.runtimeMinutes * SECONDS_PER_MINUTE;
  if (raw.alarms !== undefined) reading.alarms = alarmsOf(raw.alarms);
  completeSwitches(raw, reading);
  // What remains is not on the wire; the capacity that was learned is 0 on old boards and hardly differs (jk.md 6, 12).
  if (designCapacity !== undefined && soc !== undefined && soc <= 100)
    reading.remainingCapacity = (designCapacity * soc) / 100;
  return reading;
}

/**
 * What the user has switched. Some boards answer 0 to both of ab and ac although the MOSFETs are on (jk.md 9): then these say
 * nothing.
 */
function completeSwitches({ chargeSwitch = 0, dischargeSwitch = 0, balancerSwitch }: Raw, reading: Reading): void {
  if (chargeSwitch === 1 || dischargeSwitch === 1) {
    reading.chargeSwitch = chargeSwitch === 1;
    reading.dischargeSwitch = dischargeSwitch === 1;
  }
  if (balancerSwitch === 0 || balancerSwitch === 1) reading.balancingSwitch = balancerSwitch === 1;
}

/** The sensor in the box and the one at the cells keep their places; undefined when the board reports neither. */
function temperaturesOf(box: number | undefined, battery: number | undefined): (number | null)[] | undefined {
  if (battery !== undefined) return [box === undefined ? null : temperatureOf(box), temperatureOf(battery)];
  return box === undefined ? undefined : [temperatureOf(box)];
}

function alarmsOf(word: number): Alarm[] {
  const alarms: Alarm[] = [];
  alarmBits.decode(word, alarms);
  return alarms;
}
