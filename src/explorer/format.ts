const THIN_SPACE = '\u202f';

const significant = new Intl.NumberFormat('en', {
  minimumSignificantDigits: 4,
  maximumSignificantDigits: 4,
  useGrouping: false,
});
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'scientific', maximumSignificantDigits: 2 });
const fixed = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

/**
 * A share as a percentage. Of losses that may be negative it may be below 0 or above 1. A share other than 0 is never rounded to
 * 0 %, and one below 1 never to 100 %.
 */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = Math.round(Math.abs(share) * 1e8) / 1e6; // A sum of shares may miss 1 by a rounding error.
  const isNegative = share < 0 && value > 0;
  const sign = isNegative ? '−' : '';
  const [below, above] = isNegative ? ['>', '<'] : ['<', '>'];
  if (value > 0 && value < 0.01) return `${below}${THIN_SPACE}${sign}0.01${THIN_SPACE}%`;
  if (value < 100 && value > 99.9) return `${above}${THIN_SPACE}${sign}99.9${THIN_SPACE}%`;
  if (value === 0 || value === 100) return `${sign}${value}${THIN_SPACE}%`;
  const rounded = Number(value.toFixed(percentDecimals(value)));
  return `${sign}${rounded.toFixed(percentDecimals(rounded))}${THIN_SPACE}%`;
}

/** 9.99 rounds to 10, which has no decimals: so the decimals are chosen again after rounding. */
function percentDecimals(value: number): number {
  if (value < 0.1) return 2;
  return value < 10 || (value > 99 && value < 100) ? 1 : 0;
}

/** A share as a percentage with four significant digits, where one value is read off. */
export function exactPercent(share: number | null): string {
  if (share === null) return '–';
  const value = share * 100;
  if (value === 0) return `0${THIN_SPACE}%`;
  if (Math.abs(value) < 1e-4) return `${compact.format(value).replaceAll('-', '−')}${THIN_SPACE}%`;
  return `${Number(value.toPrecision(4)).toString().replace('-', '−')}${THIN_SPACE}%`;
}

/**
 * A share as a percentage without its sign, for a cell whose legend has it. It is part of the cell's accessible name, which has the
 * share as `percent` does.
 */
export function barePercent(share: number): string {
  if (share > 0.99 && share < 1 - 1e-8) return '>99';
  return percent(share).replaceAll(/[\u202f%]/g, '');
}

/** A positive number with two significant digits, in few characters. */
export function short(value: number): string {
  if (value === 0) return '0';
  if (value >= 100 && value < 1e4) return String(Math.round(value));
  if (value < 1e-3 || value >= 1e4) return compact.format(value).toLowerCase();
  return String(Number(value.toPrecision(2)));
}

/** A number with a minus sign in the place of a hyphen. */
export function signed(value: number): string {
  return String(value).replace('-', '−');
}

/** A number of any magnitude, short enough for the ticks of an axis. */
export function axisNumber(value: number): string {
  return (Math.abs(value) < 1e4 ? fixed : compact).format(value).replace('-', '−');
}

/** For the ticks of an axis. */
export function wholePercent(share: number): string {
  return `${Math.round(share * 1000) / 10}${THIN_SPACE}%`;
}

export function count(value: number): string {
  return grouped.format(value).replaceAll(',', THIN_SPACE);
}

/** A number of any magnitude, with four significant digits. */
export function quantity(value: number | null): string {
  if (value === null) return '–';
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return significant.format(value);
}

/** Formats gamma, alpha or p_t. */
export function parameter(value: number): string {
  return fixed.format(value);
}
