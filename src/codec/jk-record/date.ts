/** YYMMDD as YYYY-MM-DD; undefined for everything that is no day of the calendar. */
export function dateText(digits: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d\d)(\d\d)(\d\d)$/.exec(digits ?? '') ?? [];
  const date = new Date(Date.UTC(2000 + Number(year), Number(month) - 1, Number(day)));
  // A month or day that does not exist runs over into another month.
  if (Number.isNaN(date.getTime()) || date.getUTCMonth() !== Number(month) - 1) return undefined;
  return date.toISOString().slice(0, 10);
}

/** YYMMDD; '' without a date. */
export function dateDigits(date: string | undefined): string {
  const [, year = '', month = '', day = ''] = /^20(\d\d)-(\d\d)-(\d\d)$/.exec(date ?? '') ?? [];
  return year + month + day;
}
