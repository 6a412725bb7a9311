import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respondInJson } from '../helpers/codecs/respond-in-json.ts';

// Labels, their shapes and background_index: each message says what most likely cures the mistake.

const LOGITS = [
  [1, -1, 0.5],
  [2, 0, -3],
];
const HARD = [
  [1, 0, 0],
  [0, 1, 0],
];
const ONE_CLASS = [[1], [2]];

/** Requests, and what is wrong with each. */
const REJECTIONS: readonly [request: object, ...issues: string[]][] = [
  [
    { logits: LOGITS, labels: HARD, background_index: -1 },
    '/background_index: expected none: it applies to class indices under sigmoid, and this is a batch of dense labels',
  ],
  [
    { logits: LOGITS, labels: [0, 1], activation: 'softmax', background_index: -1 },
    '/background_index: expected none: it applies to class indices under sigmoid, and this is softmax',
  ],
  [
    { logits: LOGITS, labels: [0, 1], background_index: -1, ignore_index: -1 },
    '/background_index: expected a value other than the ignore_index, got -1 for both',
  ],
  [
    { logits: LOGITS, labels: [0, 1], background_index: 1 },
    '/background_index: expected a value outside the classes 0 to 2, got 1, which could never be positive: leave it out if logits have a class 1; if they have none, number the other classes from 0 to 2 and set it to -1 or 3',
  ],
  [
    { logits: LOGITS, labels: [0, 1], background_index: 0 },
    '/background_index: expected a value outside the classes 0 to 2, got 0, which could never be positive: leave it out if logits have a class 0; if labels count from 1, subtract 1 from all of them and set it to -1',
  ],
  [
    { logits: LOGITS, labels: [0, 1], background_index: 2 },
    '/background_index: expected a value outside the classes 0 to 2, got 2, which could never be positive: leave it out if logits have a class 2; if they have none, number the other classes from 0 to 2 and set it to -1 or 3',
  ],
  [{ logits: LOGITS, labels: [0, 3], background_index: 3 }],
  [
    { logits: ONE_CLASS, labels: [1, 0], background_index: 0 },
    '/background_index: expected a value other than 0, which is the only class: leave it out if labels are 0 for negatives and 1 for positives; if label 0 is positive, set it to the label of negatives, such as 1 or -1',
    '/labels/0: expected the class index 0, the background_index 0 or the ignore_index -100, got 1; labels count from 0, and logits have one class',
  ],
  [
    { logits: LOGITS, labels: [0, 3] },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got 3; labels count from 0; "background_index": 3 if it is none of the classes',
  ],
  [
    { logits: LOGITS, labels: [0, 3], activation: 'softmax' },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got 3; labels count from 0, and logits have 3 classes',
  ],
  [
    { logits: LOGITS, labels: [1, 3] },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got 3; labels count from 0, and no label is 0: subtract 1 from all of them?',
  ],
  [{ logits: LOGITS, labels: [0, 4] }, '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got 4'],
  [
    { logits: LOGITS, labels: [0, -1] },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got -1; "background_index": -1 or "ignore_index": -1?',
  ],
  [
    { logits: LOGITS, labels: [0, -1], activation: 'softmax' },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got -1; "ignore_index": -1?',
  ],
  [
    { logits: LOGITS, labels: [0, 255] },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got 255; "ignore_index": 255?',
  ],
  [
    { logits: LOGITS, labels: [0, 0.5] },
    '/labels/1: expected a class index from 0 to 2 or the ignore_index -100, got 0.5; soft labels have the class axis, shape [2, 3]',
  ],
  [
    {
      logits: LOGITS,
      labels: [
        [2, 0, 0],
        [0, 1, 0],
      ],
    },
    '/labels/0/0: expected a number in [0, 1] or the ignore_index -100, got 2; class indices have no class axis: shape [2]',
  ],
  [
    {
      logits: LOGITS,
      labels: [
        [1.5, 0, 0],
        [0, 1, 0],
      ],
    },
    '/labels/0/0: expected a number in [0, 1] or the ignore_index -100, got 1.5',
  ],
  [
    {
      logits: LOGITS,
      labels: [
        [-1, 0, 0],
        [0, 1, 0],
      ],
    },
    '/labels/0/0: expected a number in [0, 1] or the ignore_index -100, got -1; "ignore_index": -1? Labels of -1 and 1 are sent as 0 and 1',
  ],
  [
    {
      logits: LOGITS,
      labels: [
        [255, 0, 0],
        [0, 1, 0],
      ],
    },
    '/labels/0/0: expected a number in [0, 1] or the ignore_index -100, got 255; "ignore_index": 255? Divide a mask of 0 and 255 by 255',
  ],
  [
    { logits: ONE_CLASS, labels: [[2], [0]] },
    '/labels/0/0: expected a number in [0, 1] or the ignore_index -100, got 2',
  ],
  [{ logits: [1, 2], labels: [2, 0] }, '/labels/0: expected a number in [0, 1] or the ignore_index -100, got 2'],
  [
    { logits: ONE_CLASS, labels: [2, 0] },
    '/labels/0: expected 0 or 1 or the ignore_index -100, got 2; labels of one class are 0 and 1, or soft in shape [2, 1]; if label 0 is positive, background_index is the label of negatives',
  ],
  [
    { logits: ONE_CLASS, labels: [-1, 0] },
    '/labels/0: expected 0 or 1 or the ignore_index -100, got -1; "ignore_index": -1? Labels of -1 and 1 are sent as 0 and 1. Or labels of one class are 0 and 1, or soft in shape [2, 1]; if label 0 is positive, background_index is the label of negatives',
  ],
  [
    { logits: ONE_CLASS, labels: [255, 0] },
    '/labels/0: expected 0 or 1 or the ignore_index -100, got 255; "ignore_index": 255? Divide a mask of 0 and 255 by 255. Or labels of one class are 0 and 1, or soft in shape [2, 1]; if label 0 is positive, background_index is the label of negatives',
  ],
  [
    { logits: ONE_CLASS, labels: [-1, 0], ignore_index: 5 },
    '/labels/0: expected 0 or 1 or the ignore_index 5, got -1; "ignore_index": -1? Labels of -1 and 1 are sent as 0 and 1. Or labels of one class are 0 and 1, or soft in shape [2, 1]; if label 0 is positive, background_index is the label of negatives',
  ],
  [
    { logits: ONE_CLASS, labels: [1, 0], background_index: 7 },
    '/labels/0: expected the class index 0, the background_index 7 or the ignore_index -100, got 1; labels count from 0, and logits have one class',
  ],
  [
    { logits: LOGITS, labels: [0, 1, 1] },
    '/labels: expected shape [2, 3] (dense, as logits) or [2] (class indices), got [3]; or are the classes on another axis, "class_axis": 0?',
  ],
  [{ logits: LOGITS, labels: [[0], [1]] }],
  [
    {
      logits: ONE_CLASS,
      labels: [
        [0, 1],
        [1, 0],
      ],
    },
    '/labels: expected shape [2, 1] (dense, as logits) or [2] (0 and 1), got [2, 2]; logits have one class and labels 2: send predictions of each class',
  ],
  [
    { logits: LOGITS, labels: [0, 1, 2] },
    '/labels: expected shape [2, 3] (dense, as logits) or [2] (class indices), got [3]; or are the classes on another axis, "class_axis": 0?',
  ],
  [
    { logits: LOGITS, labels: [0, 1], class_axis: 0 },
    '/labels: expected shape [2, 3] (dense, as logits) or [3] (class indices), got [2]; or are the classes on another axis, "class_axis": 1?',
  ],
  [
    { logits: LOGITS, labels: [1, 0, 0, 0, 1, 0] },
    '/labels: expected shape [2, 3] (dense, as logits) or [2] (class indices), got [6]; reshape them to [2, 3]?',
  ],
  [
    {
      logits: LOGITS,
      labels: [
        [1, 0],
        [0, 1],
        [0, 0],
      ],
    },
    '/labels: expected shape [2, 3] (dense, as logits) or [2] (class indices), got [3, 2]; transpose them to [2, 3]? A reshape would mix them up',
  ],
  [{ logits: [1, 2, 3], labels: [1, 0] }, '/labels: expected shape [3] (dense, as logits), got [2]'],
  [
    { logits: LOGITS, labels: [[1, 0, 0, 1]] },
    '/labels: expected shape [2, 3] (dense, as logits) or [2] (class indices), got [1, 4]',
  ],
];

test('labels that are wrong are reported with what they most likely should be', () => {
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
