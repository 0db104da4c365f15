const FIRST_YEAR = 2000;
const LAST_YEAR = 9999;

/**
 * A date as YYYY-MM-DD.
 * @param month 1 = January
 * @returns undefined for a day that is in no calendar, as boards send it when none was set
 */
export function dateText(year: number, month: number, day: number): string | undefined {
  const isYear = year >= FIRST_YEAR && year <= LAST_YEAR;
  if (!isYear || !(month >= 1 && month <= 12) || !(day >= 1 && day <= daysIn(year, month))) return undefined;
  return `${year}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** Year, month and day of a YYYY-MM-DD date; zeros, which no board takes for a date, for anything else. */
export function dateParts(date: string | undefined): readonly [year: number, month: number, day: number] {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date ?? '') ?? [];
  return [Number(year ?? 0), Number(month ?? 0), Number(day ?? 0)];
}

/** The date in 16 bits, as JBD and others have it: seven of the year since 2000, four of the month, five of the day (jbd.md 4.1). */
export function unpackDate(packed: number): string | undefined {
  return dateText(FIRST_YEAR + (packed >> 9), (packed >> 5) & 15, packed & 31);
}

/** The 16 bits that stand for a date; 0 for none and for years that do not fit. */
export function packDate(date: string | undefined): number {
  const [year, month, day] = dateParts(date);
  const since = year - FIRST_YEAR;
  return since < 0 || since > 127 ? 0 : (since << 9) | (month << 5) | day;
}

/** Three bytes, as Daly has them: year since 2000, month, day (daly.md 7, daly-modbus.md 4.2). */
export function dateFromBytes(data: Buffer, at: number): string | undefined {
  return dateText(FIRST_YEAR + data.readUInt8(at), data.readUInt8(at + 1), data.readUInt8(at + 2));
}

/** The three bytes of a YYYY-MM-DD date; zeros for none and for years that do not fit. */
export function dateToBytes(date: string | undefined): readonly [year: number, month: number, day: number] {
  const [year, month, day] = dateParts(date);
  const since = year - FIRST_YEAR;
  return since < 0 || since > 0xff ? [0, 0, 0] : [since, month, day];
}

/** Six digits, YYMMDD, as YYYY-MM-DD; undefined for everything that is no day of the calendar. */
export function dateFromDigits(digits: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d\d)(\d\d)(\d\d)$/.exec(digits ?? '') ?? [];
  return dateText(FIRST_YEAR + Number(year), Number(month), Number(day));
}

/** The six digits of a YYYY-MM-DD date of this century; '' for anything else. */
export function dateToDigits(date: string | undefined): string {
  const [, year = '', month = '', day = ''] = /^20(\d\d)-(\d\d)-(\d\d)$/.exec(date ?? '') ?? [];
  return year + month + day;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
