import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Drawing } from '../../../src/explorer/exports/drawing.ts';
import { escapeMarkup } from '../../../src/explorer/exports/escape-markup.ts';
import { writeReport } from '../../../src/explorer/exports/write-report.ts';
import { writeSvg } from '../../../src/explorer/exports/write-svg.ts';

const HOSTILE = '</title></style><script>alert(1)</script><img src=x onerror="alert(1)">\'&\u0000';

const drawing: Drawing = {
  width: 10,
  height: 10,
  background: '"><script>1</script>',
  title: HOSTILE,
  description: HOSTILE,
  shapes: [
    {
      kind: 'text',
      text: HOSTILE,
      x: 1,
      y: 2,
      rotation: 0,
      color: HOSTILE,
      size: 12,
      family: '"a", b',
      weight: '400',
      italic: true,
    },
    {
      kind: 'path',
      data: '"/><script/>',
      matrix: [1, 0, 0, 1, 3, 4],
      fill: null,
      stroke: { color: 'rgb(1, 2, 3)', width: 1, dashes: [1, 2] },
      opacity: 0.5,
      clip: { x: 0, y: 0, width: 5, height: 5 },
    },
  ],
};

test('names that are markup stay text', () => {
  const report = writeReport({
    title: HOSTILE,
    facts: [[HOSTILE, HOSTILE]],
    warnings: [HOSTILE],
    figures: [{ title: HOSTILE, summary: HOSTILE, drawing, rows: [[HOSTILE], [HOSTILE]] }],
    options: [[HOSTILE, HOSTILE]],
    command: HOSTILE,
    colors: { background: '#fff', foreground: '#000', divider: '#ccc' },
  });
  for (const text of [report, writeSvg(drawing)]) {
    assert.doesNotMatch(text, /<script|<img|onerror="/);
    assert.ok(!text.includes('\u0000'));
  }
});

test('text that no XML can have is replaced', () => {
  assert.equal(escapeMarkup('a\u0000\u000b\ud800b\n'), 'a���b\n');
});

test('a long table is cut, and says so', () => {
  const rows = [['name'], ...Array.from({ length: 1200 }, (_, i) => [`class ${i}`])];
  const report = writeReport({
    title: 'x',
    facts: [],
    warnings: [],
    figures: [{ title: 'x', summary: '', drawing: null, rows }],
    options: [],
    command: '',
    colors: { background: '#fff', foreground: '#000', divider: '#ccc' },
  });
  assert.equal(report.match(/<tr>/g)?.length, 1001);
  assert.match(report, /200 more rows are left out/);
});
