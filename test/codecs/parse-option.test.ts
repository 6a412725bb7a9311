import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOption } from '../../src/codecs/parse-option.ts';
import { MAX_CLASSES } from '../../src/loss/limits.ts';

test('an option is JSON or a bare word', () => {
  assert.deepEqual(parseOption('alpha', '{"effective_number": {"beta": 0.9}}'), { effective_number: { beta: 0.9 } });
  assert.deepEqual(parseOption('gamma', '[1, 2]'), [1, 2]);
  assert.equal(parseOption('alpha', 'null'), null);
  for (const text of ['sum', '', '[1, 2', 'a:b:c', '"cut', '{x}']) assert.equal(parseOption('reduction', text), text);
});

test('the text of an unknown name is not parsed', () => {
  for (const text of ['1', '[1]', '['.repeat(1000)]) assert.equal(parseOption('gama', text), text);
});

test('an option of too many arrays is rejected, which is named, before anything is parsed', () => {
  const million = 1_000_000;
  for (const text of [
    '['.repeat(million),
    '['.repeat(million) + ']'.repeat(million),
    `[${'[],'.repeat(million)}[]]`,
    `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":0`).join()}}`,
  ]) {
    assert.throws(() => parseOption('alpha', text), {
      code: 'malformed_body',
      message: /^The option "alpha" is not read: expected (arrays and objects|members) at most \d+ .*, got more$/,
    });
  }
});

test('an option of more items than there may be classes is rejected before it is parsed', () => {
  const list = (items: number) => `[${'0,'.repeat(items - 1)}0]`;
  assert.equal((parseOption('alpha', list(MAX_CLASSES)) as number[]).length, MAX_CLASSES);
  for (const [name, text] of [
    ['alpha', list(MAX_CLASSES + 1)],
    ['class_weights', list(2_000_000)],
    ['alphas', `[${list(MAX_CLASSES)},${list(MAX_CLASSES + 1)}]`],
  ] as const) {
    assert.throws(() => parseOption(name, text), {
      code: 'malformed_body',
      message: `The option "${name}" is not read: expected arrays of at most ${MAX_CLASSES} items, got more`,
    });
  }
});

test('a name that an option has twice is rejected', () => {
  assert.throws(() => parseOption('alpha', '{"effective_number":{"beta":0.9,"beta":0.8}}'), {
    code: 'malformed_body',
    message: 'The option "alpha" is not read: expected each name once in an object, got "beta" twice',
  });
});
