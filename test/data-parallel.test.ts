import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startTestService } from './helpers/service.ts';
import { assertRelative } from './published/published.ts';

// docs/reference/recipes.md says how workers, or batches of one step, get the gradient of the whole batch. The values are
// torchvision's; fixtures/make-data-parallel.py got them, and compared PyTorch's DistributedDataParallel with them.

const { features, logits, labels, parts, positives, loss, weight_gradient } = JSON.parse(
  readFileSync(new URL('fixtures/data-parallel.json', import.meta.url), 'utf8'),
) as {
  features: number[][];
  logits: number[][];
  labels: number[][];
  parts: [number, number][];
  positives: number;
  loss: number;
  weight_gradient: number[][];
};

const service = await startTestService();

test('the whole batch at once', async () => {
  const whole = await service.focalLoss({ logits, labels, normalizer: 'positives' });
  assertRelative(whole.loss, loss);
  assertRelative(weightGradient(whole.gradients, features), weight_gradient);
});

test('the denominator is known before: averaged gradients of parts with D / W as normalizer', async () => {
  const responses = await ofParts({ normalizer: positives / parts.length });
  const averaged = sum(responses.map(({ gradient }) => gradient)).map((value) => value / parts.length);
  assertRelative(averaged, weight_gradient);
  assertRelative(total(responses.map(({ response }) => response.loss)) / parts.length, loss);
});

test('the denominator is known before: accumulated gradients of parts with D as normalizer', async () => {
  const responses = await ofParts({ normalizer: positives });
  assertRelative(sum(responses.map(({ gradient }) => gradient)), weight_gradient);
  assertRelative(total(responses.map(({ response }) => response.loss)), loss);
});

test('the denominator is not known before: sums, divided by the counts of all parts', async () => {
  const responses = await ofParts({ reduction: 'sum' });
  const denominator = total(responses.map(({ response }) => response.counts.positives));
  assert.equal(denominator, positives);
  const gradient = sum(responses.map((part) => part.gradient));
  assertRelative(
    gradient.map((value) => value / denominator),
    weight_gradient,
  );
  assertRelative(total(responses.map(({ response }) => response.sum)) / denominator, loss);
  assert.deepEqual(
    responses.map(({ response }) => response.denominator),
    parts.map(() => 1),
  );
});

test('the mean of means is another loss, and a part without positives has a denominator of its own', async () => {
  const responses = await ofParts({ normalizer: 'positives' });
  const mean = total(responses.map(({ response }) => response.loss)) / parts.length;
  assert.ok(mean > 1.2 * loss, `${mean}, not ${loss}`);
  assert.deepEqual(
    responses.map(({ response }) => [response.counts.positives, response.denominator]),
    [
      [3, 3],
      [0, 1],
      [3, 3],
    ],
  );
});

/** The response for each part, and the gradient of the layer's weights that it leads to. */
function ofParts(options: object) {
  return Promise.all(
    parts.map(async ([start, stop]) => {
      const response = await service.focalLoss({
        logits: logits.slice(start, stop),
        labels: labels.slice(start, stop),
        ...options,
      });
      return { response, gradient: weightGradient(response.gradients, features.slice(start, stop)) };
    }),
  );
}

/** The gradient of the weights of logits = features · weightsᵀ, row by row. */
function weightGradient(gradients: number[][], inputs: number[][]): number[] {
  return gradients[0]!.flatMap((_, c) =>
    inputs[0]!.map((_, f) => total(gradients.map((row, sample) => row[c]! * inputs[sample]![f]!))),
  );
}

function sum(vectors: number[][]): number[] {
  return vectors[0]!.map((_, i) => total(vectors.map((vector) => vector[i]!)));
}

function total(values: number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
