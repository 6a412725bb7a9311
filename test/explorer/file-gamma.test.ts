import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileGamma } from '../../src/explorer/file-gamma.ts';

for (const [options, gamma, classGammas] of [
  [{}, 2, null],
  [{ gamma: 3 }, 3, null],
  [{ gamma: null }, 2, null],
  [{ gamma: [1, 2] }, 1.5, [1, 2]],
  [{ gamma: [] }, 2, null],
  [{ gamma: [1, 'x'] }, 2, null],
  [{ gamma: { positive: 1, negative: 4 } }, { positive: 1, negative: 4 }, null],
  [{ gamma: { positive: [1, 2], negative: 4 } }, { positive: 1.5, negative: 4 }, { positive: [1, 2], negative: 4 }],
  [{ 'gamma.positive': 0, 'gamma.negative': [] }, { positive: 0, negative: 2 }, null],
] as const) {
  test(`the controls start at ${JSON.stringify(gamma)} with a file of ${JSON.stringify(options)}`, () => {
    assert.deepEqual(fileGamma(options), { gamma, classGammas });
  });
}
