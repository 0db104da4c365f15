import { roundedDown } from '../derive';
import { alarmsNow, type SinkLimits, type SinkReading } from './sink';
import { alarmFlags } from './pylontech-alarms';

/** A CAN frame: 500 kbit/s, identifier of 11 bits (victron.md 10). */
export interface CanFrame {
  readonly id: number;
  readonly data: Buffer;
}

/** V; less than this is no limit of a battery, and inverters go on charging (victron.md 10) */
const LEAST_CHARGE_VOLTAGE = 1;
/** Boards that do not report it: this says nothing bad of the battery. */
const UNKNOWN_SOH = 100;

/**
 * The frames that an inverter is to get about each second: Pylontech's protocol 1.2, and 0x35A of V2 (victron.md 10). The
 * protocol cannot say "unknown": while the pack is lost, the last values are sent, with the limits of a loss and an internal error.
 * @returns none while limits, voltage, current or state of charge are not known: the inverter then misses its battery
 */
export function toPylontech(reading: SinkReading | undefined, limits: SinkLimits): CanFrame[] {
  const known = knownValues(reading, limits);
  if (known === undefined) return [];
  const { temperature } = known;
  const alarms = alarmFlags(alarmsNow(reading, limits) ?? []);
  const packs = Math.min(255, reading?.packsOnline ?? 1);
  return [
    frame(0x351, [
      unsigned(down(known.chargeVoltage * 10)),
      positive(down(known.chargeCurrent * 10)),
      positive(down(known.dischargeCurrent * 10)),
      // The other way round: no voltage below the limit is allowed.
      unsigned(-down(-known.dischargeVoltage * 10)),
    ]),
    frame(0x355, [unsigned(percent(known.soc)), unsigned(percent(known.soh))]),
    frame(0x356, [
      signed(Math.round(known.voltage * 100)),
      signed(Math.round(known.current * 10)),
      ...(temperature === undefined ? [] : [signed(Math.round(temperature * 10))]),
    ]),
    frame(0x359, [alarms.flags, Buffer.of(packs), Buffer.from('PN')]),
    frame(0x35a, [alarms.pairs]),
    frame(0x35c, [Buffer.of(requests(limits), 0)]),
    frame(0x35e, [Buffer.from('PYLON   ')]),
  ];
}

interface Known {
  readonly voltage: number;
  readonly current: number;
  readonly soc: number;
  readonly soh: number;
  readonly temperature?: number;
  readonly chargeVoltage: number;
  readonly chargeCurrent: number;
  readonly dischargeCurrent: number;
  readonly dischargeVoltage: number;
}

function knownValues(reading: SinkReading | undefined, limits: SinkLimits): Known | undefined {
  const { voltage, current, soc, soh, temperatureAverage } = reading ?? {};
  const {
    chargeVoltageLimit: chargeVoltage,
    chargeCurrentLimit: chargeCurrent,
    dischargeCurrentLimit: dischargeCurrent,
    dischargeVoltageLimit: dischargeVoltage,
  } = limits;
  if (!isKnown(voltage) || !isKnown(current) || !isKnown(soc)) return undefined;
  if (!isKnown(chargeCurrent) || !isKnown(dischargeCurrent) || !isKnown(dischargeVoltage)) return undefined;
  if (!isKnown(chargeVoltage) || chargeVoltage < LEAST_CHARGE_VOLTAGE) return undefined;
  return {
    ...{ voltage, current, soc, soh: isKnown(soh) ? soh : UNKNOWN_SOH },
    ...{ chargeVoltage, chargeCurrent, dischargeCurrent, dischargeVoltage },
    ...(isKnown(temperatureAverage) ? { temperature: temperatureAverage } : {}),
  };
}

const isKnown = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

/** Charge, discharge, and a charge that the battery needs, from the grid if need be (victron.md 10). */
function requests({ chargeCurrentLimit = 0, dischargeCurrentLimit = 0, chargeRequest = false }: SinkLimits): number {
  const isAbove = (limit: number): boolean => down(limit * 10) > 0;
  return (
    (isAbove(chargeCurrentLimit) ? 0x80 : 0) |
    (isAbove(dischargeCurrentLimit) ? 0x40 : 0) |
    (chargeRequest ? 0x20 | 0x10 : 0)
  );
}

function frame(id: number, parts: readonly Buffer[]): CanFrame {
  return { id, data: Buffer.concat(parts) };
}

const down = (value: number): number => roundedDown(value, 0);

const percent = (value: number): number => down(Math.min(100, value));

function unsigned(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(Math.min(0xffff, Math.max(0, value)));
  return bytes;
}

function signed(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16LE(Math.min(0x7fff, Math.max(-0x8000, value)));
  return bytes;
}

const positive = (value: number): Buffer => signed(Math.max(0, value));
