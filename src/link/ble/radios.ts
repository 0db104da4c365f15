import type { Clock } from '../../clock';
import { adapterName, presentAdapters } from './adapters';
import type { AdapterChoice } from './noble-loader';
import { Radio } from './radio';

/** Radios by what was chosen. */
const radios = new Map<string, Radio>();

/**
 * The radio of an adapter, made when it is asked for first; it runs only while somebody takes part. Choices that mean
 * the same adapter share the one that runs on it: two libraries on one adapter disturb each other. To be asked anew
 * whenever a connection opens.
 */
export function radioFor(choice: AdapterChoice, clock: Clock, present = presentAdapters()): Radio {
  const { driver } = choice;
  const adapter = adapterName(choice.adapter, present);
  const key = `${driver} ${adapter}`;
  const own = radios.get(key);
  if (own !== undefined && own.size > 0) return own;
  const running = [...radios.values()].find(({ place }) => {
    if (place === undefined || place.adapter === '' || place.adapter !== adapter) return false;
    return driver === 'auto' || driver === place.driver;
  });
  if (running !== undefined) return running;
  const radio = own ?? new Radio({ adapter: { driver, adapter }, clock });
  radios.set(key, radio);
  return radio;
}
