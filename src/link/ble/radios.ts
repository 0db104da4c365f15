import type { Clock } from '../../clock';
import type { AdapterChoice } from './library';
import { Radio } from './radio';

/** One radio per adapter and driver, in this process: two libraries on one adapter disturb each other. */
const radios = new Map<string, Radio>();

/** The radio of an adapter, made when it is asked for first; it runs only while a connection uses it. */
export function radioFor(adapter: AdapterChoice, clock: Clock): Radio {
  const key = `${adapter.driver} ${adapter.adapter.trim().replace(/^(?=\d+$)/, 'hci')}`;
  let radio = radios.get(key);
  if (radio === undefined) {
    radio = new Radio({ adapter, clock });
    radios.set(key, radio);
  }
  return radio;
}
