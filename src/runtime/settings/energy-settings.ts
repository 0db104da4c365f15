import { ENERGY_FORMATS, type EnergyFormat } from '../messages/energy-messages';
import { choiceProperty, numberProperty, textProperty, type Config } from './properties';

/** When a bms-energy sends: at regular intervals, with each reading that changes a counter, or only when it is asked. */
export const ENERGY_EMITS = ['interval', 'change', 'input'] as const;

/** s */
const INTERVAL = { fallback: 60, min: 1, max: 86_400 };

export interface EnergySettings {
  readonly topic: string;
  readonly emit: (typeof ENERGY_EMITS)[number];
  /** of `emit: "interval"`, s */
  readonly interval: number;
  readonly format: EnergyFormat;
}

/** The properties of a bms-energy, checked. @throws BmsError `bad_value` */
export function energySettings(config: Config): EnergySettings {
  return {
    topic: textProperty(config, 'topic'),
    emit: choiceProperty(config, 'emit', ENERGY_EMITS, 'interval'),
    interval: numberProperty(config, 'interval', INTERVAL),
    format: choiceProperty(config, 'format', ENERGY_FORMATS, 'object'),
  };
}
