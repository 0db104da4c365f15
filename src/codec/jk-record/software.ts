/** The fact that the device information tells of the software: the digits before the first point of its version. */
export const SOFTWARE_MAJOR = 'softwareMajor';

/** From here on boards have room for 32 cells, before for 24 (jk-ble.md 1). */
export const FIRST_MAJOR_OF_32S = 11;

/** The digits before the first point of a version such as "11.288H"; undefined when there are none. */
export function majorOf(version: string | undefined): number | undefined {
  const [digits] = /^\d+/.exec(version ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}
