import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respondInJson } from '../helpers/codecs/respond-in-json.ts';
import { close } from '../helpers/loss/derivatives.ts';

// The numbers of a response beside its arrays, against what the definitions in docs/reference/semantics.md make of the arrays
// and of p, element by element.

const LOGITS = [
  [2.2, -1.3, 0.4],
  [-0.7, 3.1, -2.5],
  [0.1, -0.2, 1.9],
  [-3.3, 0.6, 0],
];
const LABELS = [
  [1, 0, 1],
  [0, 1, -100],
  [-100, 1, 0],
  [1, 0, 0],
];
const OUTPUTS = ['loss', 'gradients', 'elementwise', 'per_class', 'difficulty', 'calibration'];
const SAMPLES = LOGITS.length;
const CLASSES = [0, 1, 2];

const NAMES = ['ship', 'bateau à voile', '船'];

const response = respondInJson({ logits: LOGITS, labels: LABELS, class_names: NAMES, outputs: OUTPUTS });

interface Element {
  readonly positive: boolean;
  readonly p: number;
  readonly pt: number;
  readonly loss: number;
  readonly crossEntropy: number;
  readonly gradient: number;
}

/** The elements of a class that are not ignored. */
function elementsOf(c: number): Element[] {
  return LOGITS.flatMap((row, i) => {
    const label = LABELS[i]![c]!;
    if (label === -100) return [];
    const p = 1 / (1 + Math.exp(-row[c]!));
    const pt = label === 1 ? p : 1 - p;
    const [loss, gradient] = [response.elementwise[i][c], response.gradients[i][c]];
    return { positive: label === 1, p, pt, loss, crossEntropy: -Math.log(pt), gradient };
  });
}

const all = CLASSES.flatMap(elementsOf);
const total = (elements: readonly Element[], value: (element: Element) => number): number =>
  elements.reduce((sum, element) => sum + value(element), 0);

test('counts: ignored elements are in no other count', () => {
  assert.deepEqual(response.counts, { samples: SAMPLES, classes: 3, elements: 12, ignored: 2, positives: 5 });
  assert.equal(response.denominator, all.length);
  close(
    response.sum,
    total(all, ({ loss }) => loss),
    1e-6,
  );
  close(response.loss, response.sum / all.length);
});

test('per_class: each class has its index and its name', () => {
  assert.deepEqual(
    response.per_class.map((each: { class: number; name: string }) => [each.class, each.name]),
    NAMES.map((name, c) => [c, name]),
  );
});

test('per_class: labels and predictions are counted', () => {
  for (const c of CLASSES) {
    const own = elementsOf(c);
    const count = (of: (element: Element) => boolean): number => own.filter(of).length;
    const { positives, negatives, ignored, true_positives, false_positives, false_negatives } = response.per_class[c];
    assert.deepEqual(
      { positives, negatives, ignored, true_positives, false_positives, false_negatives },
      {
        positives: count(({ positive }) => positive),
        negatives: count(({ positive }) => !positive),
        ignored: SAMPLES - own.length,
        true_positives: count(({ positive, p }) => positive && p >= 0.5),
        false_positives: count(({ positive, p }) => !positive && p >= 0.5),
        false_negatives: count(({ positive, p }) => positive && p < 0.5),
      },
    );
  }
});

test('per_class: loss, cross entropy and gradients by side, and the share of all classes', () => {
  const fields = {
    loss: ({ loss }: Element) => loss / all.length,
    cross_entropy: ({ crossEntropy }: Element) => crossEntropy / all.length,
    gradient_l1: ({ gradient }: Element) => Math.abs(gradient),
  };
  for (const [field, value] of Object.entries(fields)) {
    for (const c of CLASSES) {
      const own = elementsOf(c);
      const split = response.per_class[c][field];
      close(
        split.positive,
        total(
          own.filter(({ positive }) => positive),
          value,
        ),
        1e-5,
      );
      close(
        split.negative,
        total(
          own.filter(({ positive }) => !positive),
          value,
        ),
        1e-5,
      );
      close(split.total, total(own, value), 1e-5);
      close(split.share, total(own, value) / total(all, value), 1e-5);
    }
  }
});

test('per_class: the mean of p_t by side, and null where there is no element', () => {
  for (const c of CLASSES) {
    for (const side of ['positive', 'negative'] as const) {
      const own = elementsOf(c).filter(({ positive }) => positive === (side === 'positive'));
      close(response.per_class[c].mean_pt[side], total(own, ({ pt }) => pt) / own.length, 1e-6);
    }
  }
  const [without] = respondInJson({ logits: [[1], [2]], labels: [[0], [0]], outputs: ['per_class'] }).per_class;
  assert.equal(without.mean_pt.positive, null);
  assert.notEqual(without.mean_pt.negative, null);
});

test('a share of nothing is null', () => {
  const { per_class: classes } = respondInJson({
    logits: [[500, 500]],
    labels: [[1, 1]],
    outputs: ['per_class', 'difficulty'],
  });
  assert.deepEqual(
    classes.map(({ loss }: { loss: { share: number | null } }) => loss.share),
    [null, null],
  );
});

test('difficulty: 20 bins of p_t by side, with their shares of the side', () => {
  for (const side of ['positives', 'negatives'] as const) {
    const own = all.filter(({ positive }) => positive === (side === 'positives'));
    const { counts, cross_entropy, loss, gradient_l1 } = response.difficulty[side];
    for (let bin = 0; bin < 20; bin++) {
      const inside = own.filter(({ pt }) => Math.floor(20 * pt) === bin);
      assert.equal(counts[bin], inside.length);
      const share = (value: (element: Element) => number): number => total(inside, value) / total(own, value);
      close(
        cross_entropy[bin],
        share(({ crossEntropy }) => crossEntropy),
        1e-5,
      );
      close(
        loss[bin],
        share(({ loss }) => loss),
        1e-5,
      );
      close(
        gradient_l1[bin],
        share(({ gradient }) => Math.abs(gradient)),
        1e-5,
      );
    }
  }
});

test('calibration: 15 bins of p, with what is observed in them', () => {
  const { counts, mean_confidence, observed_rate, expected_calibration_error } = response.calibration.predicted;
  let gaps = 0;
  for (let bin = 0; bin < 15; bin++) {
    const inside = all.filter(({ p }) => Math.floor(15 * p) === bin);
    const [confidence, positives] = [total(inside, ({ p }) => p), inside.filter(({ positive }) => positive).length];
    assert.equal(counts[bin], inside.length);
    if (inside.length === 0) {
      assert.deepEqual([mean_confidence[bin], observed_rate[bin]], [null, null]);
      continue;
    }
    close(mean_confidence[bin], confidence / inside.length, 1e-6);
    close(observed_rate[bin], positives / inside.length);
    gaps += Math.abs(confidence - positives);
  }
  close(expected_calibration_error, gaps / all.length, 1e-6);
});

test('softmax: ignored samples, argmax, and the totals of a sample', () => {
  const logits = [
    [2, -1, 0.5],
    [0.3, 0.2, 0.1],
    [-1, 4, 2],
  ];
  const softmax = respondInJson({ logits, labels: [0, 2, -100], activation: 'softmax', outputs: OUTPUTS });
  assert.deepEqual(softmax.counts, { samples: 3, classes: 3, elements: 9, ignored: 3, positives: 2 });
  assert.equal(softmax.elementwise.length, 3);
  assert.equal(softmax.elementwise[2], 0);
  assert.deepEqual(softmax.gradients[2], [0, 0, 0]);
  assert.deepEqual(
    softmax.per_class.map((each: Record<string, number>) => [
      each.true_positives,
      each.false_positives,
      each.false_negatives,
      each.ignored,
    ]),
    [
      [1, 1, 0, 1],
      [0, 0, 0, 1],
      [0, 0, 1, 1],
    ],
  );
  close(softmax.sum, softmax.elementwise[0] + softmax.elementwise[1], 1e-6);
});
