import type { ProtocolId } from '../../src/codec/registry';
import { ant } from './ant';
import { antLegacy } from './ant-legacy';
import { daly } from './daly';
import { dalyModbus } from './daly-modbus';
import { jbd } from './jbd';
import { jbdAddressed } from './jbd-addressed';
import { jbdUp16s } from './jbd-up16s';
import { jk } from './jk';
import { jkBle } from './jk-ble';
import { jkModbus } from './jk-modbus';
import type { Kit } from './kit';
import { sinowealth } from './sinowealth';

/** One kit for each protocol of the registry: the compiler names one that is missing. */
export const KITS: Readonly<Record<ProtocolId, Kit>> = {
  jbd,
  'jbd-up16s': jbdUp16s,
  'jbd-addressed': jbdAddressed,
  daly,
  'daly-modbus': dalyModbus,
  ant,
  'ant-legacy': antLegacy,
  jk,
  'jk-modbus': jkModbus,
  'jk-ble': jkBle,
  sinowealth,
};

/** The kit of a protocol. @throws Error when it has none, as one that is not in the registry */
export function kitOf({ id }: { readonly id: string }): Kit {
  const kit = (KITS as Readonly<Record<string, Kit | undefined>>)[id];
  if (kit === undefined) throw new Error(`${id} has no kit in test/kits`);
  return kit;
}

/** Puts the checksums of a mutated stream right, so that what it says gets as far as the decoder. */
export function sealed(protocol: { readonly id: string }, stream: Buffer, request: Buffer): Buffer {
  const { seal } = kitOf(protocol);
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length;) at += seal(bytes, at, request) || 1;
  return bytes;
}
