type Rgb = readonly [number, number, number];

/** A sequential scale of one hue. Its lightness falls steadily, so that it needs no color vision. */
const STOPS: readonly Rgb[] = [
  [240, 243, 246],
  [180, 205, 226],
  [106, 160, 205],
  [40, 106, 168],
  [12, 48, 94],
];

export interface CellColors {
  readonly background: string;
  /** Black or white, whichever has more contrast: at least 4.5 to 1 on any background of the scale. */
  readonly foreground: string;
}

/** @param level from 0 to 1 */
export function colorScale(level: number): CellColors {
  const position = Math.min(Math.max(level, 0), 1) * (STOPS.length - 1);
  const from = STOPS[Math.floor(position)]!;
  const to = STOPS[Math.ceil(position)]!;
  const background = from.map((value, i) => Math.round(value + (to[i]! - value) * (position % 1)));
  return { background: `rgb(${background.join(' ')})`, foreground: luminance(background) > 0.179 ? '#000' : '#fff' };
}

/** Relative luminance by WCAG 2.2. At 0.179, black and white have the same contrast. */
function luminance(rgb: readonly number[]): number {
  const [red, green, blue] = rgb.map((value) => {
    const channel = value / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
