import assert from 'node:assert/strict';
import { jbd } from '../../src/codec/jbd';
import { Broker, type Published } from '../support/mqtt';
import { NodeRed } from '../support/node-red';
import { ServedBoard } from '../support/served-board';

const TOPIC = 'battery/limits';

interface Payload {
  Dc: { Power: number; Voltage: number };
  Soc: number;
  Info: { MaxChargeVoltage: number; MaxChargeCurrent: number; MaxDischargeCurrent: number };
  System: { NrOfModulesOnline: number };
}

/** What dbus-mqtt-battery hears over a real Mosquitto (victron.md 8). */
describe('dbus-mqtt-battery over MQTT', function () {
  this.timeout(60_000);
  const red = new NodeRed();
  const broker = new Broker();
  const board = new ServedBoard(jbd);

  before(async () => {
    await Promise.all([broker.start(), red.start(), board.listen()]);
    await red.deploy(flow(broker.port, board.port));
  });
  after(() => Promise.all([red.stop(), broker.stop(), board.close()]));

  const payloadOf = ({ payload }: Published): Payload => JSON.parse(payload) as Payload;
  const heard = async (isWanted: (payload: Payload) => boolean): Promise<Payload> => {
    const message = await broker.until(
      (each) => each.topic === TOPIC && isWanted(payloadOf(each)),
      broker.heard.length,
    );
    assert.equal(message.retained, false);
    return payloadOf(message);
  };

  it('hears limits, and what it needs to take them', async () => {
    const { Dc, Soc, Info, System } = await heard(({ Info: { MaxChargeCurrent } }) => MaxChargeCurrent > 0);
    assert.ok(Dc.Voltage > 45 && Number.isFinite(Dc.Power) && Soc > 0 && Soc <= 100);
    assert.ok(Info.MaxChargeVoltage > 50 && Info.MaxDischargeCurrent > 0);
    assert.equal(System.NrOfModulesOnline, 1);
  });

  it('hears of the loss of the pack, and that nothing may be charged then', async () => {
    await board.close();
    const { Dc, Info } = await heard(({ System }) => System.NrOfModulesOnline === 0);
    assert.ok(Dc.Voltage > 45);
    assert.equal(Info.MaxChargeCurrent, 0);
    assert.ok(Info.MaxChargeVoltage > 50 && Info.MaxDischargeCurrent > 0);
  });

  it('leaves nothing at the broker that would bring old limits back', async () => {
    assert.deepEqual(await broker.kept('#'), []);
  });
});

function flow(brokerPort: number, boardPort: number): object[] {
  const limits = { chemistry: 'lfp', maxChargeCurrent: 100, maxDischargeCurrent: 100, format: 'mqtt-battery' };
  return [
    { id: 'tab', type: 'tab', label: 'test' },
    { id: 'connection', type: 'bms-connection', transport: 'tcp', tcpHost: '127.0.0.1', tcpPort: boardPort },
    { id: 'device', type: 'bms-device', name: 'Pack', connection: 'connection', protocol: 'jbd', pollInterval: 1 },
    { id: 'limits', type: 'bms-limits', z: 'tab', device: 'device', ...limits, wires: [['out']] },
    { id: 'out', type: 'mqtt out', z: 'tab', topic: TOPIC, qos: '1', retain: 'false', broker: 'broker', wires: [] },
    { id: 'broker', type: 'mqtt-broker', broker: '127.0.0.1', port: String(brokerPort), protocolVersion: '4' },
  ];
}
