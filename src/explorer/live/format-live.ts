const THIN_SPACE = '\u202f';
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, useGrouping: false });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** A count or rate of any magnitude with three significant digits: 1.23 k, 45.6 M. */
export function shortNumber(value: number): string {
  return scaled(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

export function shortBytes(value: number): string {
  return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

export function shortTime(seconds: number): string {
  if (seconds === 0) return `0${THIN_SPACE}s`;
  if (seconds < 1e-3) return `${short.format(seconds * 1e6)}${THIN_SPACE}µs`;
  if (seconds < 1) return `${short.format(seconds * 1e3)}${THIN_SPACE}ms`;
  return `${short.format(seconds)}${THIN_SPACE}s`;
}

/** @param time in milliseconds since 1970 */
export function clockTime(time: number): string {
  return clock.format(time);
}

/** @param time in milliseconds since 1970 */
export function dayTime(time: number): string {
  return day.format(time);
}

/** The unit is that of the rounded number: 999.9 is 1 k. */
function scaled(value: number, base: number, units: readonly string[]): string {
  let [rest, unit] = [value, 0];
  while (Number(rest.toPrecision(3)) >= base && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  const suffix = units[unit]!;
  return suffix === '' ? short.format(rest) : `${short.format(rest)}${THIN_SPACE}${suffix}`;
}
