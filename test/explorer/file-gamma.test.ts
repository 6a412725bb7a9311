import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileGamma } from '../../src/explorer/file-gamma.ts';

for (const [options, gamma, isReplaced] of [
  [{}, 2, false],
  [{ gamma: 3 }, 3, false],
  [{ gamma: null }, 2, false],
  [{ gamma: [1, 2] }, 2, true],
  [{ gamma: { positive: 1, negative: 4 } }, { positive: 1, negative: 4 }, false],
  [{ gamma: { positive: [1, 2], negative: 4 } }, { positive: 2, negative: 4 }, true],
  [{ 'gamma.positive': 0, 'gamma.negative': [] }, { positive: 0, negative: 2 }, true],
] as const) {
  test(`the controls start at ${JSON.stringify(gamma)} with a file of ${JSON.stringify(options)}`, () => {
    assert.deepEqual(fileGamma(options), { gamma, isReplaced });
  });
}
