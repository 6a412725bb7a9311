import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respondInJson } from '../helpers/codecs/respond-in-json.ts';

// Options that exclude each other. Requests without an issue are the nearest that are right.

const LOGITS = [
  [1, -1, 0.5],
  [2, 0, -3],
];
const HARD = [
  [1, 0, 0],
  [0, 1, 0],
];
const SOFT = [
  [0.5, 0, 0],
  [0, 1, 0],
];
const SIDES = { positive: 1, negative: 2 };

/** Requests, and what is wrong with each. */
const REJECTIONS: readonly [request: object, ...issues: string[]][] = [
  [
    { logits: LOGITS, labels: [0, 1], activation: 'softmax', gamma: SIDES, margin: 0.1 },
    '/gamma: expected one gamma with activation "softmax", which has no negatives; got one for each side: leave it out, or use sigmoid',
    '/margin: expected 0 with activation "softmax", which has no negatives; got 0.1: leave it out, or use sigmoid',
  ],
  [
    { logits: LOGITS, labels: [0, 1], activation: 'softmax', soft_labels: 'quality' },
    '/soft_labels: expected none with activation "softmax", whose soft labels have one meaning; got "quality": leave it out, or use sigmoid',
  ],
  [
    { logits: LOGITS, labels: [0, 1], activation: 'softmax', soft_labels: 'varifocal' },
    '/soft_labels: expected none with activation "softmax", whose soft labels have one meaning; got "varifocal": leave it out, or use sigmoid',
  ],
  [
    { logits: LOGITS, labels: HARD, soft_labels: 'varifocal', gamma: SIDES, poly_epsilon: 1 },
    '/gamma: expected one gamma with soft_labels "varifocal", whose positives have no focusing; got one for each side: leave one of the two out',
    '/poly_epsilon: expected 0 with soft_labels "varifocal", whose positives have no focusing; got 1: leave one of the two out',
  ],
  [
    { logits: LOGITS, labels: HARD, soft_labels: 'varifocal', label_smoothing: 0.1 },
    '/label_smoothing: expected 0 with soft_labels "varifocal", which needs labels of 0; got 0.1: leave one of the two out',
  ],
  [
    { logits: LOGITS, labels: SOFT, gamma: SIDES },
    '/soft_labels: expected "termwise" with a gamma for each side, as some labels lie between 0 and 1; got "interpolated": send it, leave a gamma for each side out, or send labels of 0 and 1',
  ],
  [
    { logits: LOGITS, labels: HARD, margin: 0.1, label_smoothing: 0.1 },
    '/soft_labels: expected "termwise" with a margin, as label_smoothing 0.1 makes labels between 0 and 1; got "interpolated": send it, or leave one of the other two out',
  ],
  [
    { logits: LOGITS, labels: SOFT, poly_epsilon: 1 },
    '/soft_labels: expected "termwise" with poly_epsilon, as some labels lie between 0 and 1; got "interpolated": send it, leave poly_epsilon out, or send labels of 0 and 1',
  ],
  [
    { logits: LOGITS, labels: SOFT, poly_epsilon: 1, soft_labels: 'quality' },
    '/soft_labels: expected "termwise" with poly_epsilon, as some labels lie between 0 and 1; got "quality": send it, leave poly_epsilon out, or send labels of 0 and 1',
  ],
  [{ logits: LOGITS, labels: HARD, gamma: SIDES }],
  [
    {
      logits: LOGITS,
      labels: [
        [1, 0, -100],
        [0, 1, 0],
      ],
      gamma: SIDES,
    },
  ],
  [{ logits: LOGITS, labels: SOFT, gamma: SIDES, soft_labels: 'termwise' }],
  [
    { logits: LOGITS, labels: HARD, hessian_form: 'detached', margin: 0.1, poly_epsilon: 1 },
    '/margin: expected 0 with hessian_form "detached", a Hessian that is never negative; got 0.1: leave one of the two out',
    '/poly_epsilon: expected 0 with hessian_form "detached", a Hessian that is never negative; got 1: leave one of the two out',
  ],
  [{ logits: LOGITS, labels: HARD, hessian_form: 'detached', gamma: SIDES }],
  [
    { logits: LOGITS, labels: SOFT, gamma: 0.5, soft_labels: 'quality' },
    '/gamma: expected 0 or a number ≥ 1 with soft_labels "quality", got 0.5',
  ],
  [{ logits: LOGITS, labels: HARD, gamma: [1, 2] }, '/gamma: expected one number per class, shape [3], got shape [2]'],
];

test('options that have no meaning together are rejected, each with what it excludes', () => {
  for (const [request, ...issues] of REJECTIONS) assert.deepEqual(issuesOf(request), issues, JSON.stringify(request));
});

function issuesOf(request: object): string[] {
  try {
    respondInJson({ ...request, outputs: ['loss'] });
    return [];
  } catch (error) {
    const { issues } = error as { readonly issues: readonly { readonly pointer: string; readonly message: string }[] };
    return issues.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
}
