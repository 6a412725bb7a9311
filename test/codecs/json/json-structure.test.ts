import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkStructure, MAX_CONTAINERS, MAX_DEPTH, MAX_MEMBERS } from '../../../src/codecs/json/parse-json.ts';

const check = (text: string) => checkStructure(Buffer.from(text));
const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"${i}":0`).join()}}`;

test('the depth of arrays, of objects and of both is limited', () => {
  check('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH));
  check('[[]]'.repeat(MAX_DEPTH));
  const tooDeep = /arrays and objects at most 16384 deep in each other, got more$/;
  assert.throws(() => check('['.repeat(MAX_DEPTH + 1)), tooDeep);
  assert.throws(() => check('{"a":'.repeat(MAX_DEPTH + 1)), tooDeep);
  assert.throws(() => check('[{"a":'.repeat(MAX_DEPTH / 2 + 1)), tooDeep);
});

test('arrays, objects and members are limited in number', () => {
  check(`[${'[],'.repeat(MAX_CONTAINERS - 2)}[]]`);
  assert.throws(() => check(`[${'{},'.repeat(MAX_CONTAINERS)}0]`), /at most 4194304 in all, got more$/);
  check(members(MAX_MEMBERS));
  assert.throws(() => check(members(MAX_MEMBERS + 1)), /members at most 262144 in all objects, got more$/);
});

test('brackets and colons within strings do not count', () => {
  check(`["${'['.repeat(20_000)}", "${'\\"['.repeat(20_000)}", "\\\\", "${'{:'.repeat(300_000)}"]`);
  assert.throws(() => check(`["\\\\", ${'['.repeat(20_000)}`), /deep/);
  check('"never closed ['.padEnd(20_000, '['));
  check('"ends in \\');
});
