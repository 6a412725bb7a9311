const MAX_STEPS = 6;
/** A range that exceeds a tick by less than this part of a step ends there. */
const ROUNDING = 1e-9;

/** Round numbers at equal distances, from the last one below a range to the first above it. */
export function ticksBetween(low: number, high: number): number[] {
  const step = roundStep((high - low) / MAX_STEPS);
  const first = Math.floor(low / step + ROUNDING);
  const count = Math.max(Math.ceil(high / step - ROUNDING) - first, 1);
  return Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below a distance. */
export function roundStep(distance: number): number {
  const power = 10 ** Math.floor(Math.log10(distance));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= distance) ?? 10;
  return factor * power;
}
