type Rgb = readonly [number, number, number];

/** One hue. Its lightness falls steadily, so that it needs no color vision. */
const SEQUENTIAL: readonly Rgb[] = [
  [240, 243, 246],
  [180, 205, 226],
  [106, 160, 205],
  [40, 106, 168],
  [12, 48, 94],
];

/**
 * Two hues that meet in a light middle: purple where negatives dominate, green where positives do. Color vision deficiencies leave
 * these two apart, and neither stands for a quantity elsewhere on the page.
 */
const DIVERGING: readonly Rgb[] = [
  [84, 29, 110],
  [140, 94, 164],
  [196, 168, 210],
  [246, 244, 240],
  [160, 208, 164],
  [66, 148, 84],
  [10, 82, 40],
];

export type Scale = 'sequential' | 'diverging';
const STOPS: Readonly<Record<Scale, readonly Rgb[]>> = { sequential: SEQUENTIAL, diverging: DIVERGING };

export interface CellColors {
  readonly background: string;
  /** Black or white, whichever has more contrast: at least 4.5 to 1 on any background of the scale. */
  readonly foreground: string;
}

/** @param level from 0 to 1 */
export function colorScale(level: number, scale: Scale): CellColors {
  const stops = STOPS[scale];
  const position = Math.min(Math.max(level, 0), 1) * (stops.length - 1);
  const from = stops[Math.floor(position)]!;
  const to = stops[Math.ceil(position)]!;
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
