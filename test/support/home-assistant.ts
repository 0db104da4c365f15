import assert from 'node:assert/strict';
import type { Published } from './mqtt';

/** What Home Assistant's MQTT discovery takes, from its source: components/mqtt and components/sensor/const.py, 2025. */

export type Entity = Record<string, unknown> & {
  unique_id: string;
  name: string;
  state_topic: string;
  device: { identifiers: string[]; name: string };
  availability: { topic: string }[];
};

/** Keys that every entity has or may have. */
const COMMON = {
  required: ['name', 'unique_id', 'state_topic', 'device', 'origin', 'availability', 'availability_mode'],
  optional: ['value_template', 'device_class', 'entity_category', 'enabled_by_default', 'icon', 'qos'],
};

const COMPONENTS: Record<string, { required: string[]; optional: string[] }> = {
  sensor: {
    required: [],
    optional: ['unit_of_measurement', 'state_class', 'suggested_display_precision', 'options', 'expire_after'],
  },
  binary_sensor: { required: ['payload_on', 'payload_off'], optional: ['expire_after'] },
  switch: {
    required: ['command_topic', 'payload_on', 'payload_off', 'state_on', 'state_off'],
    optional: ['optimistic', 'retain'],
  },
};

const DEVICE_KEYS = ['identifiers', 'name', 'model', 'manufacturer', 'hw_version', 'sw_version', 'serial_number'];

/** Units and state classes by device class; a sensor of another class is refused or never gets statistics. */
const SENSOR_CLASSES: Record<string, { units: (string | undefined)[]; states: (string | undefined)[] }> = {
  battery: { units: ['%'], states: ['measurement'] },
  current: { units: ['A', 'mA'], states: ['measurement'] },
  duration: { units: ['s', 'min', 'h', 'd'], states: ['measurement', 'total', 'total_increasing'] },
  energy_storage: { units: ['Wh', 'kWh'], states: ['measurement'] },
  enum: { units: [undefined], states: [undefined] },
  power: { units: ['W', 'kW'], states: ['measurement'] },
  temperature: { units: ['°C'], states: ['measurement'] },
  voltage: { units: ['V', 'mV'], states: ['measurement'] },
};

/** A unit that means one of these classes must say so, else it cannot be converted nor shown as such. */
const CLASS_OF_UNIT: Record<string, string> = {
  V: 'voltage',
  A: 'current',
  W: 'power',
  Wh: 'energy_storage',
  '°C': 'temperature',
  s: 'duration',
};

const BINARY_CLASSES = ['problem', 'connectivity', 'running', 'heat', 'power'];

const TOPIC = /^homeassistant\/(sensor|binary_sensor|switch)\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)\/config$/;

/** Checks a discovery message. @returns its component and entity @throws AssertionError */
export function checkDiscovery({ topic, payload }: Published): { component: string; entity: Entity } {
  const [, component = '', nodeId] = TOPIC.exec(topic) ?? [];
  const schema = COMPONENTS[component];
  assert.ok(schema, `${topic} is no topic of discovery`);
  const entity = JSON.parse(payload) as Entity;
  const known = [...COMMON.required, ...COMMON.optional, ...schema.required, ...schema.optional];
  for (const key of Object.keys(entity)) assert.ok(known.includes(key), `${topic}: ${key} is unknown`);
  for (const key of [...COMMON.required, ...schema.required]) assert.ok(key in entity, `${topic}: ${key} is missing`);
  for (const [key, value] of Object.entries(entity)) assert.notEqual(value, null, `${topic}: ${key} is null`);
  assert.match(entity.state_topic, /^[^#+]+$/);
  assert.equal(entity['availability_mode'], 'all');
  assert.ok(entity.availability.every(({ topic: at }) => /^[^#+]+$/.test(at)));
  for (const key of Object.keys(entity.device)) assert.ok(DEVICE_KEYS.includes(key), `${topic}: device.${key}`);
  assert.deepEqual(entity.device.identifiers, [nodeId]);
  assert.ok(entity.unique_id.startsWith(`${nodeId}_`));
  assert.equal(typeof (entity['origin'] as { name?: unknown }).name, 'string');
  if (component === 'sensor') checkSensor(topic, entity);
  if (component === 'binary_sensor' && 'device_class' in entity) {
    assert.ok(BINARY_CLASSES.includes(String(entity['device_class'])), topic);
  }
  return { component, entity };
}

function checkSensor(topic: string, entity: Entity): void {
  const {
    device_class: kind,
    state_class: state,
    unit_of_measurement: unit,
    options,
  } = entity as Record<string, string>;
  if (unit !== undefined && unit in CLASS_OF_UNIT)
    assert.equal(kind, CLASS_OF_UNIT[unit], `${topic}: class of ${unit}`);
  if (kind !== undefined) {
    const allowed = SENSOR_CLASSES[kind];
    assert.ok(allowed, `${topic}: ${kind}`);
    assert.ok(allowed.units.includes(unit), `${topic}: ${kind} in ${unit}`);
    assert.ok(allowed.states.includes(state), `${topic}: ${kind} with ${state}`);
  }
  assert.equal(Array.isArray(options), kind === 'enum', `${topic}: options belong to enum`);
}
