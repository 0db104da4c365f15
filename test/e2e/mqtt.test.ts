import assert from 'node:assert/strict';
import { jbd } from '../../src/codec/jbd';
import { example, nodeOf, watched, type FlowNode } from '../support/e2e';
import { checkDiscovery, type Entity } from '../support/home-assistant';
import { Broker, type Published } from '../support/mqtt';
import { NodeRed } from '../support/node-red';
import { ServedBoard } from '../support/served-board';

const FILE = '08 - MQTT with Home Assistant';

/** The example against a real Mosquitto, as Home Assistant would see it. */
describe('MQTT with Home Assistant', function () {
  this.timeout(60_000);
  const red = new NodeRed();
  const broker = new Broker();
  const board = new ServedBoard(jbd);
  let nodes: FlowNode[];

  before(async () => {
    await Promise.all([broker.start(), red.start(), board.listen()]);
    nodes = example(FILE, {
      'mqtt-broker': { port: broker.port },
      'bms-device': { pollInterval: 1 },
      // The first pack is a board in this process, so that the test sees what really happens to it.
      'bms-connection Simulated pack': { transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: board.port },
    });
    // What was switched also tells the test.
    const control = nodeOf(nodes, 'bms-control');
    control['wires'] = (control['wires'] as string[][]).map((ids) => [...ids, 'collect']);
    await red.deploy(watched(nodes, (tab) => red.collecting(tab)));
  });
  after(async () => {
    await Promise.all([red.stop(), broker.stop(), board.close()]);
  });

  const at =
    (topic: string, payload?: string) =>
    (message: Published): boolean =>
      message.topic === topic && (payload === undefined || message.payload === payload);
  const isConfig = ({ topic }: Published): boolean => topic.startsWith('homeassistant/') && topic.endsWith('/config');

  function announced(): { component: string; entity: Entity }[] {
    return broker.heard.filter(isConfig).map(checkDiscovery);
  }

  function entity(uniqueId: string): Entity {
    const found = announced().find(({ entity: { unique_id } }) => unique_id === uniqueId);
    assert.ok(found, `${uniqueId} is not announced`);
    return found.entity;
  }

  it('announces both packs in the form that Home Assistant takes, each with its own identity', async () => {
    for (const pack of ['house_bank', 'garage_bank']) {
      await broker.until(at(`homeassistant/sensor/bms_${pack}/alarm_level/config`), 0);
      await broker.until(at(`bms/${pack}/state`), 0);
      await broker.until(at(`bms/${pack}/alarms`), 0);
    }
    const all = announced();
    const ids = all.map(({ entity }) => entity.unique_id);
    const topics = broker.heard.filter(isConfig).map(({ topic }) => topic);
    assert.equal(new Set(ids).size, new Set(topics).size, 'an identity is there twice');
    assert.ok(new Set(ids).size > 80, `only ${new Set(ids).size} entities`);

    const table: [string, string | undefined, string | undefined, string | undefined][] = [
      ['voltage', 'V', 'voltage', 'measurement'],
      ['current', 'A', 'current', 'measurement'],
      ['power', 'W', 'power', 'measurement'],
      ['soc', '%', 'battery', 'measurement'],
      ['remainingCapacity', 'Ah', undefined, 'measurement'],
      ['remainingEnergy', 'Wh', 'energy_storage', 'measurement'],
      ['cellVoltageMin', 'V', 'voltage', 'measurement'],
      ['cellVoltageMax', 'V', 'voltage', 'measurement'],
      ['cellVoltageDelta', 'V', 'voltage', 'measurement'],
      ['cell_1', 'V', 'voltage', 'measurement'],
      ['temperature_1', '°C', 'temperature', 'measurement'],
      ['temperatureMax', '°C', 'temperature', 'measurement'],
      ['cycles', undefined, undefined, 'total_increasing'],
      ['state', undefined, 'enum', undefined],
    ];
    for (const pack of ['house_bank', 'garage_bank']) {
      for (const [key, unit, kind, state] of table) {
        const { unit_of_measurement, device_class, state_class } = entity(`bms_${pack}_${key}`);
        assert.deepEqual([unit_of_measurement, device_class, state_class], [unit, kind, state], key);
      }
    }
    const cells = (pack: string): number => ids.filter((id) => new RegExp(`^bms_${pack}_cell_\\d+$`).test(id)).length;
    assert.deepEqual([cells('house_bank'), cells('garage_bank')], [16, 8]);
    assert.equal(entity('bms_house_bank_alarm_cell_overvoltage')['device_class'], 'problem');
    assert.equal(entity('bms_house_bank_connection')['device_class'], 'connectivity');
  });

  it('publishes what the announced entities point to, and the broker keeps it', async () => {
    const kept = new Map((await broker.kept('#')).map((message) => [message.topic, message]));
    for (const { entity } of announced()) {
      assert.ok(kept.get(entity.state_topic)?.retained, `${entity.unique_id}: nothing at ${entity.state_topic}`);
      for (const { topic } of entity.availability) assert.equal(kept.get(topic)?.payload, 'online', topic);
    }
    assert.ok([...kept.keys()].filter((topic) => topic.startsWith('homeassistant/')).length > 80);

    const state = JSON.parse(kept.get('bms/house_bank/state')?.payload ?? '') as Record<string, unknown>;
    // Every value that a template picks is there: value_json.<key> or (value_json.<list> | default([]))[<place>].
    for (const { entity } of announced()) {
      if (entity.state_topic !== 'bms/house_bank/state') continue;
      const [, key = '', , place] =
        /value_json\.(\w+)( \| default\(\[\]\)\)\[(\d+)\])?/.exec(String(entity['value_template'])) ?? [];
      const value = place === undefined ? state[key] : (state[key] as unknown[])[Number(place)];
      if (key !== 'timeToEmpty' && key !== 'timeToFull') assert.notEqual(value, undefined, entity.unique_id);
    }
    assert.ok(Math.abs(Number(state['voltage']) - Number(board.pack.read().voltage)) < 0.5);
  });

  it('a switch command goes to the board and comes back when it was read back', async () => {
    const { command_topic, payload_off, payload_on, state_topic, optimistic } = entity('bms_house_bank_discharge');
    assert.equal(optimistic, false);
    assert.equal(board.pack.read().dischargeEnabled, true);
    let from = broker.heard.length;
    await broker.publish(String(command_topic), String(payload_off));
    await broker.until(at(state_topic, 'OFF'), from);
    assert.equal(board.pack.read().dischargeEnabled, false);
    await broker.until(
      (message) => message.topic === 'bms/house_bank/state' && message.payload.includes('"dischargeEnabled":false'),
      from,
    );
    from = broker.heard.length;
    await broker.publish(String(command_topic), String(payload_on));
    await broker.until(at(state_topic, 'ON'), from);
    assert.equal(board.pack.read().dischargeEnabled, true);
    assert.deepEqual(
      red.collected.filter((entry) => entry.from === 'catch'),
      [],
    );
  });

  it('the alarm of the board is an active binary sensor, and goes again', async () => {
    const codes =
      (present: boolean) =>
      (message: Published): boolean =>
        message.topic === 'bms/house_bank/alarms' &&
        (JSON.parse(message.payload) as { codes: string[] }).codes.includes('software_lock') === present;
    let from = broker.heard.length;
    board.pack.execute('charge', false);
    await broker.until(codes(true), from);
    await broker.until(at('homeassistant/binary_sensor/bms_house_bank/alarm_software_lock/config'), 0);
    await broker.until(at('bms/house_bank/charge', 'OFF'), from);
    from = broker.heard.length;
    board.pack.execute('charge', true);
    await broker.until(codes(false), from);
  });

  it('a nonsense command switches nothing, and the state is told once more', async () => {
    const from = broker.heard.length;
    const { length } = red.collected;
    await broker.publish('bms/house_bank/discharge/set', 'MAYBE');
    const { error } = await red.until((entry) => entry.from === 'catch', length);
    assert.equal((error as { code?: string }).code, 'bad_value');
    await broker.until(at('bms/house_bank/discharge', 'ON'), from);
    assert.equal(board.pack.read().dischargeEnabled, true);
  });

  it('announces everything again when Home Assistant is back', async () => {
    const from = broker.heard.length;
    await broker.publish('homeassistant/status', 'online');
    await broker.until(at('homeassistant/sensor/bms_house_bank/voltage/config'), from);
    await broker.until(at('homeassistant/switch/bms_house_bank/charge/config'), from);
    await broker.until(at('homeassistant/sensor/bms_garage_bank/voltage/config'), from);
  });

  it('a pack that is lost is offline, the other one is not, and it comes back', async () => {
    let from = broker.heard.length;
    await board.close();
    await broker.until(at('bms/house_bank/availability', 'offline'), from);
    await broker.until(at('bms/garage_bank/availability', 'online'), broker.heard.length);
    const [kept] = await broker.kept('bms/house_bank/availability');
    assert.equal(kept?.payload, 'offline');
    from = broker.heard.length;
    await board.listen();
    await broker.until(at('bms/house_bank/availability', 'online'), from);
  });

  it('a command that the broker has kept from earlier switches nothing', async () => {
    let from = broker.heard.length;
    await broker.publish('bms/house_bank/discharge/set', 'OFF', '-r');
    await broker.until(at('bms/house_bank/discharge', 'OFF'), from);
    from = broker.heard.length;
    await broker.publish('bms/house_bank/discharge/set', 'ON');
    await broker.until(at('bms/house_bank/discharge', 'ON'), from);
    const [kept] = await broker.kept('bms/house_bank/discharge/set');
    assert.equal(kept?.payload, 'OFF');
    from = broker.heard.length;
    // A deploy subscribes afresh, and the broker hands out the old "OFF" first.
    await red.deploy(watched(nodes, (tab) => red.collecting(tab)));
    await broker.until(at('bms/bridge', 'online'), from);
    await broker.until(at('bms/house_bank/state'), from);
    const commands = red.collected.length;
    await broker.publish('bms/house_bank/charge/set', 'ON');
    await red.until(
      (entry) => entry.from === 'node' && (entry['payload'] as { action?: string }).action === 'charge',
      commands,
    );
    assert.ok(!broker.heard.slice(from).some(at('bms/house_bank/discharge', 'OFF')));
    assert.equal(board.pack.read().dischargeEnabled, true);
    await broker.publish('bms/house_bank/discharge/set', '', '-r');
  });

  it('the bridge is offline when Node-RED has gone', async () => {
    const from = broker.heard.length;
    await red.stop();
    await broker.until(at('bms/bridge', 'offline'), from);
  });
});
