import assert from 'node:assert/strict';
import { CURVE_SHAPES } from '../../src/battery/limits/curves';
import { LIMITS_CHEMISTRIES } from '../../src/battery/limits/limits';
import { ON_LOST, WHEN_BLOCKED } from '../../src/battery/limits/settings';
import { SETTINGS_LEVELS } from '../../src/battery/settings/classes';
import { TOPOLOGIES } from '../../src/battery/bank/settings';
import { CURRENT_RULES, JOINS, SOC_OF } from '../../src/runtime/settings/bank-settings';
import { EMITS } from '../../src/runtime/reading-node';
import { LIMITS_EMITS, LIMITS_FORMATS, LIMITS_OF } from '../../src/runtime/settings/limits-settings';
import { ENERGY_EMITS } from '../../src/runtime/settings/energy-settings';
import { LOG_EMITS } from '../../src/runtime/settings/log-settings';
import { SETTINGS_ACTIONS } from '../../src/runtime/settings/settings-node';
import { BLE_DRIVERS, TCP_MODES, TRANSPORTS } from '../../src/runtime/settings/links';
import { CELL_FORMATS } from '../../src/runtime/messages/cell-messages';
import { ENERGY_FORMATS } from '../../src/runtime/messages/energy-messages';
import { READ_FORMATS } from '../../src/runtime/messages/reading-messages';
import type { Transport } from '../../src/library/transport';
import { CHEMISTRIES } from '../../src/simulator/chemistry';
import { SCENARIOS } from '../../src/simulator/scenario';
import { dialogOf, NODE_TYPES, verdictIn } from '../support/node-types';

/** Where the server has the words that the list of a dialog offers, by node and property. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  'bms-connection.transport': TRANSPORTS,
  'bms-connection.tcpMode': TCP_MODES,
  'bms-connection.bleDriver': BLE_DRIVERS,
  'bms-connection.simChemistry': CHEMISTRIES,
  'bms-connection.simScenario': SCENARIOS,
  'bms-device.allowSettings': SETTINGS_LEVELS,
  'bms-bank.topology': TOPOLOGIES,
  'bms-bank.socOf': SOC_OF,
  'bms-bank.currentRule': CURRENT_RULES,
  'bms-bank.join': JOINS,
  'bms-read.emit': EMITS,
  'bms-read.format': READ_FORMATS,
  'bms-cells.emit': EMITS,
  'bms-cells.format': CELL_FORMATS,
  'bms-settings.action': ['', ...SETTINGS_ACTIONS],
  'bms-energy.emit': ENERGY_EMITS,
  'bms-energy.format': ENERGY_FORMATS,
  'bms-log.emit': LOG_EMITS,
  'bms-limits.chemistry': LIMITS_CHEMISTRIES,
  'bms-limits.emit': LIMITS_EMITS,
  'bms-limits.format': LIMITS_FORMATS,
  'bms-limits.limitsOf': LIMITS_OF,
  'bms-limits.curveShape': CURVE_SHAPES,
  // "voltage" does the same as "both".
  'bms-limits.whenBlocked': WHEN_BLOCKED.filter((word) => word !== 'voltage'),
  'bms-limits.onLost': ON_LOST,
  // Switched off for the safe state, unless the action has it the other way round.
  'bms-control.safeValue': ['off', 'on'],
};

/** What makes a property count in a node: those of a connection count with its transport only. */
const TRANSPORT_OF: readonly (readonly [RegExp, Transport['transport']])[] = [
  [/^tcp/, 'tcp'],
  [/^ble/, 'ble'],
  [/^sim/, 'simulator'],
];

/** The lists with words of their own in the dialog of a node: what they offer, by property. */
function offered(type: string): Map<string, string[]> {
  const lists = dialogOf(type).matchAll(/<select id="node-(?:config-)?input-(\w+)"[^>]*>([^]*?)<\/select>/g);
  const words = [...lists].map(([, property = '', options = '']): [string, string[]] => [
    property,
    [...options.matchAll(/<option value="([^"]*)"/g)].map(([, word = '']) => word),
  ]);
  return new Map(words.filter(([, list]) => list.length > 0));
}

describe('what the lists of the dialogs offer', () => {
  for (const type of NODE_TYPES) {
    for (const [property, words] of offered(type)) {
      const list = LISTS[`${type}.${property}`];
      it(`is what the server takes: ${property} of nodes/${type}.html`, () => {
        assert.ok(list, `name its list on the server in test/nodes/choices.test.ts: ${type}.${property}`);
        assert.deepEqual(words.toSorted(), list.toSorted(), `the options of ${property} in nodes/${type}.html`);
        const transport = TRANSPORT_OF.find(([name]) => name.test(property))?.[1];
        for (const word of list)
          assert.equal(verdictIn(type, property, word, { transport }), true, `the validator of ${property}: ${word}`);
        if (property !== 'safeValue') assert.notEqual(verdictIn(type, property, 'pigeon', { transport }), true);
      });
    }
  }

  it('has fields for every transport, and only for those: data-transport in nodes/bms-connection.html', () => {
    const fields = new Set([...dialogOf('bms-connection').matchAll(/data-transport="(\w+)"/g)].map(([, of]) => of));
    assert.deepEqual([...fields].sort(), TRANSPORTS.toSorted());
  });

  it('is what the library takes, too: src/library/transport.ts', () => {
    const ofLibrary: Record<Transport['transport'], true> = {
      serial: true,
      tcp: true,
      ble: true,
      simulator: true,
      replay: true,
    };
    assert.deepEqual(Object.keys(ofLibrary).sort(), TRANSPORTS.toSorted());
  });
});
