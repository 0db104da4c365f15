import type { Clock } from '../../clock';
import { protocols } from '../../codec';
import type { Link } from '../../link/link';
import { CHEMISTRIES } from '../../simulator/chemistry';
import { SimulatorLink } from '../../simulator/link';
import { SCENARIOS } from '../../simulator/scenario';
import { choiceProperty, numberProperty, type Config } from './properties';

/** The simulated pack that a connection's properties describe. @throws BmsError `bad_value` */
export function simulatorLink(config: Config, clock: Clock): Link {
  return new SimulatorLink({
    cells: numberProperty(config, 'simCells', { fallback: 16, min: 1, max: 32, integer: true }),
    chemistry: choiceProperty(config, 'simChemistry', CHEMISTRIES, 'lfp'),
    scenario: choiceProperty(config, 'simScenario', SCENARIOS, 'day'),
    speed: numberProperty(config, 'simSpeed', { fallback: 1, min: 0.001, max: 3600 }),
    clock,
    protocols: protocols(),
  });
}
