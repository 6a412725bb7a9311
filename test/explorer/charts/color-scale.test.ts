import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colorScale } from '../../../src/explorer/charts/color-scale.ts';

test('text has enough contrast on every background, and a higher level is never lighter', () => {
  let before = Number.POSITIVE_INFINITY;
  for (let level = 0; level <= 1; level += 0.01) {
    const { background, foreground } = colorScale(level);
    const luminance = luminanceOf(background.match(/\d+/g)!.map(Number));
    const contrast = foreground === '#000' ? (luminance + 0.05) / 0.05 : 1.05 / (luminance + 0.05);
    assert.ok(contrast >= 4.5, `${foreground} on ${background}: ${contrast}`);
    assert.ok(luminance <= before);
    before = luminance;
  }
});

/** By WCAG 2.2. */
function luminanceOf(rgb: readonly number[]): number {
  const parts = rgb.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * parts[0]! + 0.7152 * parts[1]! + 0.0722 * parts[2]!;
}
