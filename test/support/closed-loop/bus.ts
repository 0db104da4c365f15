import type { LoopPack } from './pack';

/** Packs in series. */
type PackString = readonly LoopPack[];

/** Strings of packs in parallel: their common voltage decides which takes how much. */
export class Bus {
  constructor(readonly strings: readonly PackString[]) {}

  /** A that all strings together take at a voltage. */
  currentAt(voltage: number): number {
    return this.currents(this.conducting(Infinity), voltage).reduce((sum, current) => sum + current, 0);
  }

  /** Lets a current flow. @param total A, positive while charging */
  step(total: number, seconds: number): void {
    let conducting = this.conducting(total);
    let voltage = voltageOf(conducting, total);
    // A string that must not be charged has its say only while it is discharged.
    const charged = conducting.filter((each) => !each.mayCharge && voltage > each.rest);
    if (charged.length > 0) {
      conducting = conducting.filter((each) => !charged.includes(each));
      voltage = voltageOf(conducting, total);
    }
    const currents = this.currents(conducting, voltage);
    for (const string of this.strings) {
      const at = conducting.findIndex((each) => each.string === string);
      for (const pack of string) pack.step(currents[at] ?? 0, seconds);
    }
  }

  private currents(conducting: readonly Conducting[], voltage: number): number[] {
    return conducting.map(({ rest, resistance }) => (voltage - rest) / resistance);
  }

  /** What may carry current. @param total A; above 0 only what may be charged */
  private conducting(total: number): Conducting[] {
    const connected = this.strings.filter((string) => string.every((pack) => pack.isConnected));
    const all = connected.map((string) => ({
      string,
      rest: string.reduce((sum, pack) => sum + pack.restVoltage, 0),
      resistance: string.reduce((sum, pack) => sum + pack.resistance, 0),
      mayCharge: string.every((pack) => pack.conductsCharge),
    }));
    return total === Infinity ? all.filter(({ mayCharge }) => mayCharge) : all;
  }
}

interface Conducting {
  readonly string: PackString;
  /** V, ohm */
  readonly rest: number;
  readonly resistance: number;
  readonly mayCharge: boolean;
}

function voltageOf(conducting: readonly Conducting[], total: number): number {
  const conductance = conducting.reduce((sum, { resistance }) => sum + 1 / resistance, 0);
  const driven = conducting.reduce((sum, { rest, resistance }) => sum + rest / resistance, 0);
  return (total + driven) / conductance;
}
