import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heat } from '../../src/explorer/heat.ts';

test('text is read on every ground of the map, and darker means more', () => {
  let before = Number.POSITIVE_INFINITY;
  for (let level = 0; level <= 1; level += 0.01) {
    const { ground, ink } = heat(level);
    const luminance = luminanceOf(ground.match(/\d+/g)!.map(Number));
    const contrast = ink === '#000' ? (luminance + 0.05) / 0.05 : 1.05 / (luminance + 0.05);
    assert.ok(contrast >= 4.5, `${ink} on ${ground}: ${contrast}`);
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
