import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colorScale } from '../../../src/explorer/charts/color-scale.ts';

const LEVELS = Array.from({ length: 101 }, (_, i) => i / 100);

test('text has enough contrast on every background', () => {
  for (const scale of ['sequential', 'diverging'] as const) {
    for (const level of LEVELS) {
      const { background, foreground } = colorScale(level, scale);
      const luminance = luminanceAt(level, scale);
      const contrast = foreground === '#000' ? (luminance + 0.05) / 0.05 : 1.05 / (luminance + 0.05);
      assert.ok(contrast >= 4.5, `${foreground} on ${background}: ${contrast}`);
    }
  }
});

test('in the sequential scale a higher level is never lighter; the diverging one is lightest in the middle', () => {
  const falls = (levels: readonly number[], scale: 'sequential' | 'diverging') => {
    const found = levels.map((level) => luminanceAt(level, scale));
    assert.deepEqual(
      found,
      found.toSorted((a, b) => b - a),
    );
  };
  falls(LEVELS, 'sequential');
  falls(LEVELS.slice(50), 'diverging');
  falls(LEVELS.slice(0, 51).reverse(), 'diverging');
});

function luminanceAt(level: number, scale: 'sequential' | 'diverging'): number {
  return luminanceOf(colorScale(level, scale).background.match(/\d+/g)!.map(Number));
}

/** By WCAG 2.2. */
function luminanceOf(rgb: readonly number[]): number {
  const parts = rgb.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
}
