/** A MAC address in any usual spelling, and a platform's id of a Bluetooth device. */
const ADDRESSES = /\b(?:[0-9a-f]{2}[:_-]){5}[0-9a-f]{2}\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi;

/** Shorter ones, such as a password of one digit, stand in other words by chance. */
export const SHORTEST_SECRET = 4;

/** Figures that are no serial number: a port, a rate, an address in a network. */
const PLAIN_NUMBER = /^\d{1,7}(\.\d+)*$/;

/** A word that may be a serial number: five digits in a row, or hex of at least eight with a digit among it. */
function isSerial(word: string): boolean {
  return /\d{5}/.test(word) || (/^[0-9a-f]{8,}$/i.test(word) && /\d/.test(word));
}

/** The same length in `0` for digits and `x` for all other characters; what fills a field stays. */
export function blanked(text: string): string {
  return text.replace(/[^\0 \xff]/g, (character) => (/\d/.test(character) ? '0' : 'x'));
}

/** A name without what looks like a serial number or a MAC address; as long as before. */
export function maskedName(text: string): string {
  return text
    .replace(ADDRESSES, (address) => address.replace(/[0-9a-f]/gi, '0'))
    .replace(/[0-9a-z]+/gi, (word) => (isSerial(word) ? blanked(word) : word));
}

/**
 * A text, such as an error or a setting, without secrets.
 * @param secrets what must not stand in it, such as a password or the address of a device
 */
export function maskedText(text: string, secrets: readonly string[]): string {
  if (PLAIN_NUMBER.test(text) && !secrets.includes(text)) return text;
  let masked = text;
  for (const secret of secrets)
    if (secret.length >= SHORTEST_SECRET) masked = masked.replaceAll(secret, blanked(secret));
  return maskedName(masked);
}

/** The same for whatever a setting holds: texts in lists and objects too. */
export function maskedValue(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskedText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskedValue(item, secrets)]));
}
