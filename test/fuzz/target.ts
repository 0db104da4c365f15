/** Something that takes any bytes, and what must hold whatever they are. */
export interface FuzzTarget {
  readonly name: string;
  /** inputs to begin with, of which others are made */
  seeds(): Buffer[];
  /** Throws when something does not hold. */
  run(input: Uint8Array): void | Promise<void>;
}
