const THIN_SPACE = '\u202f';

const significant = new Intl.NumberFormat('en', {
  minimumSignificantDigits: 4,
  maximumSignificantDigits: 4,
  useGrouping: false,
});
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fixed = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

/** A share as a percentage. A share above 0 is never rounded to 0 %, and one below 1 never to 100 %. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = Math.round(share * 1e8) / 1e6; // A sum of shares may miss 1 by a rounding error.
  if (value > 0 && value < 0.01) return `<${THIN_SPACE}0.01${THIN_SPACE}%`;
  if (value < 100 && value > 99.9) return `>${THIN_SPACE}99.9${THIN_SPACE}%`;
  if (value === 0 || value === 100) return `${value}${THIN_SPACE}%`;
  return `${value.toFixed(value < 0.1 ? 2 : value < 10 || value > 99 ? 1 : 0)}${THIN_SPACE}%`;
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
