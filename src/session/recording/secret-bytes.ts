import { SHORTEST_SECRET } from './masked-text';

const MAC_BYTES = 6;

/** The forms in which secrets may stand on a line: as text, digit by digit, a MAC address as bytes; from either end. */
export function secretBytes(secrets: readonly string[]): Buffer[] {
  const forms = secrets.flatMap((secret) => [Buffer.from(secret, 'utf8'), ...digits(secret), ...macBytes(secret)]);
  const usable = forms.filter((form) => form.length >= SHORTEST_SECRET && new Set(form).size > 1);
  return usable.flatMap((form) => [form, Buffer.from(form).reverse()]);
}

/** Some boards take digits as numbers (jbd.md 6). */
function digits(secret: string): Buffer[] {
  return /^\d{6,}$/.test(secret) ? [Buffer.from(Array.from(secret, Number))] : [];
}

function macBytes(secret: string): Buffer[] {
  const hex = secret.replace(/[:_-]/g, '');
  const bytes = Buffer.from(hex, 'hex');
  return hex.length === 2 * MAC_BYTES && bytes.length === MAC_BYTES ? [bytes, Buffer.from(hex, 'latin1')] : [];
}
