type Rgb = readonly [number, number, number];

/** From paper to ink through one hue: told apart by lightness alone, whatever colours an eye sees. */
const STOPS: readonly Rgb[] = [
  [240, 243, 246],
  [180, 205, 226],
  [106, 160, 205],
  [40, 106, 168],
  [12, 48, 94],
];

export interface Heat {
  readonly ground: string;
  /** Black or white, whichever is read better on it: at least 4.5 to 1 on any ground. */
  readonly ink: string;
}

/** @param level from 0 to 1 */
export function heat(level: number): Heat {
  const at = Math.min(Math.max(level, 0), 1) * (STOPS.length - 1);
  const from = STOPS[Math.floor(at)]!;
  const to = STOPS[Math.ceil(at)]!;
  const ground = from.map((value, i) => Math.round(value + (to[i]! - value) * (at % 1)));
  return { ground: `rgb(${ground.join(' ')})`, ink: luminance(ground) > 0.179 ? '#000' : '#fff' };
}

/** Relative luminance by WCAG 2.2; at 0.179 black and white are equally far. */
function luminance(rgb: readonly number[]): number {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
