import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJson } from '../../../src/http/api-reference/format-json.ts';

test('what fits into a line of 76 characters is one', () => {
  assert.equal(formatJson({ a: [1, 'x', null], b: {}, c: [] }), '{ "a": [1, "x", null], "b": {}, "c": [] }');
  const fits = 'x'.repeat(76 - '{ "a": "" }'.length);
  assert.equal(formatJson({ a: fits }), `{ "a": "${fits}" }`);
  assert.equal(formatJson({ a: `${fits}x` }), `{\n  "a": "${fits}x"\n}`);
});

test('what does not is indented by two spaces a level, which count', () => {
  const row = Array.from({ length: 20 }, (_, i) => i);
  assert.equal(
    formatJson({ rows: [row, row], last: true }),
    `{\n  "rows": [\n    [${row.join(', ')}],\n    [${row.join(', ')}]\n  ],\n  "last": true\n}`,
  );
  const long = 'x'.repeat(71); // With quotes and four brackets 77 characters, and 77 with two of them and two spaces.
  assert.equal(formatJson([[long]]), `[\n  [\n    "${long}"\n  ]\n]`);
});

test('it is the same value', () => {
  const value = {
    a: [
      [1.5, -2],
      ['é"\\', { b: null, c: [true, { d: 'x'.repeat(100) }] }],
    ],
  };
  assert.deepEqual(JSON.parse(formatJson(value)), value);
});
