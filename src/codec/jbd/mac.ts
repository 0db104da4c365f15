/** What the MAC addresses of JBD modules begin with, as far as known (jbd.md 2). */
export const MAC_PREFIXES = [
  ...['10:A5:62', '70:3E:97', 'A4:C1:37', 'A4:C1:38', 'A5:C2:37', 'A5:C2:39', 'A5:C2:3A', 'AA:C2:37'],
];

const MAC_BYTES = 6;

/**
 * The MAC address of a module, first byte first as it is printed. Where the platform hides it, it mostly stands in the
 * manufacturer data, mostly in reverse; some brands send something else there (jbd.md 2). Only what begins as the address
 * of such a module is taken for one.
 * @param mac '' or something else where the platform hides it
 * @param manufacturerData company id as sent, and what follows
 * @returns undefined when it is not known
 */
export function macBytes(mac: string, manufacturerData: Buffer | undefined): Buffer | undefined {
  const told = Buffer.from(mac.replace(/[:-]/g, ''), 'hex');
  if (told.length === MAC_BYTES) return told;
  const bytes = manufacturerData?.subarray(0, MAC_BYTES) ?? Buffer.alloc(0);
  if (bytes.length < MAC_BYTES) return undefined;
  return [Buffer.from(bytes).reverse(), bytes].find(isOfModule);
}

function isOfModule(mac: Buffer): boolean {
  return MAC_PREFIXES.some((prefix) => mac.subarray(0, 3).equals(Buffer.from(prefix.replaceAll(':', ''), 'hex')));
}
