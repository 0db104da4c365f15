import assert from 'node:assert/strict';
import { PROTOCOLS } from '../../src/codec/registry';
import { likelyProtocols } from '../../src/codec/advertised';
import type { Peripheral } from '../../src/link/ble/peripheral';
import { deviceKey, matches, advertisementOf } from '../../src/link/ble/advertisement';
import { Choices } from './choices';
import { assertCleanPrototypes } from './contract';
import type { FuzzTarget } from './target';

/** What cannot be seen, or changes what stands beside it: controls, directions, halves of characters, line ends. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What any device may send into the air, without anybody being connected to it. */
export const advertisedTarget: FuzzTarget = {
  name: 'link/advertised',
  seeds: () => ['JK_B2A24S', 'DL-41181201189F', 'xiaoxiang BMS\r', 'ANT-BLE16ZMUB', 'a\u202eb'].map(seedOf),
  run(input) {
    const choices = new Choices(input);
    const text = (): string => choices.block().toString(choices.flag() ? 'utf8' : 'utf16le');
    const localName = text();
    const services = Array.from({ length: choices.below(4) }, () => choices.block().toString('hex'));
    const manufacturerData = choices.flag() ? choices.block() : undefined;
    const name = choices.below(8) === 7 ? '' : localName;
    const address = choices.flag() ? text() : 'c0:ff:ee:00:00:01';
    const peripheral = { address, id: text(), rssi: -60, name, services, manufacturerData };
    const sighting = advertisementOf(peripheral as unknown as Peripheral, 0);
    assert.ok(!UNPRINTABLE.test(sighting.name), `the name ${JSON.stringify(sighting.name)} is not printable`);
    assert.ok(/^([0-9A-F]{2}[:-]){5}[0-9A-F]{2}$|^$/.test(sighting.address), sighting.address);
    const likely = likelyProtocols(sighting);
    assert.ok(likely.every((id) => PROTOCOLS.some((protocol) => protocol.id === id)));
    matches(deviceKey(localName), sighting);
    assertCleanPrototypes();
  },
};

function seedOf(name: string): Buffer {
  const bytes = Buffer.from(name);
  return Buffer.concat([
    Buffer.from([bytes.length, 0]),
    bytes,
    Buffer.from([1, 1, 2, 0, 0xff, 0xe0, 1, 2, 0, 1, 2, 0, 0]),
  ]);
}
