import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box, PathShape } from '../../../src/explorer/exports/drawing.ts';
import { writeSvg } from '../../../src/explorer/exports/write-svg.ts';

const PICTURE = { width: 20, height: 10, background: '#fff', title: 'Loss & γ', description: 'by "class"' };

const path = (clip: Box | null): PathShape => ({
  kind: 'path',
  data: 'M0 0L9 9',
  matrix: [1, 0, 0, 1, 0, 0],
  fill: null,
  stroke: { color: '#000', width: 2, dashes: [3, 1] },
  opacity: 1,
  clip,
});

test('a path without a box is written as it is, and those with the same box share one clip path', () => {
  const box = { x: 1, y: 2, width: 3, height: 4 };
  const svg = writeSvg({ ...PICTURE, shapes: [path(null), path(box), path({ ...box }), path({ ...box, x: 0 })] });
  const element =
    '<path d="M0 0L9 9" fill="none" stroke="#000" stroke-width="2" stroke-linejoin="round" stroke-dasharray="3 1"/>';
  const lines = svg.split('\n').filter((line) => line.includes('<path'));
  const ids = [...svg.matchAll(/<clipPath id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(ids.length, 2);
  const clipped = (id: string) => `<g clip-path="url(#${id})">${element}</g>`;
  assert.deepEqual(lines, [element, clipped(ids[0]!), clipped(ids[0]!), clipped(ids[1]!)]);
  assert.ok(svg.includes('<rect x="1" y="2" width="3" height="4"/>'));
  assert.ok(svg.includes('<title>Loss &amp; γ</title>'));
});
