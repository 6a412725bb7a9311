import { deflateSync, gzipSync } from 'node:zlib';
import { asProbabilities, type Batch, classesOf, sampleWeights, withOptions } from './batch.ts';
import { inFormats, type ServiceRequest } from './formats.ts';
import { RANDOM_BATCHES } from './random-batches.ts';
import { goldenBatches, realBatches } from './read-batches.ts';

// What is answered with a loss, group by group. Requests are made when their turn comes.

export type Groups = Readonly<Record<string, () => Iterable<ServiceRequest>>>;

export function lossGroups(checkout: string): Groups {
  const real = realBatches(checkout).map((batch) => [
    batch.name,
    () => mixesOf(batch).flatMap((mix) => [...inFormats(mix)]),
  ]);
  return {
    golden: () => goldenRequests(checkout),
    ...Object.fromEntries(real),
    random: randomRequests,
    compressed: () => compressedRequests(checkout),
  };
}

function* goldenRequests(checkout: string): Generator<ServiceRequest> {
  for (const batch of goldenBatches(checkout)) {
    yield* inFormats(batch);
    // Without `outputs`, as most callers ask.
    const { outputs: _, ...options } = batch.options;
    yield* inFormats(
      { ...batch, name: `${batch.name}, default outputs`, options },
      /JSON → JSON|binary → binary|^safe/,
    );
  }
}

const perClass = (batch: Batch, value: (c: number) => number) =>
  Float64Array.from({ length: classesOf(batch) }, (_, c) => value(c));

function mixesOf(batch: Batch): Batch[] {
  const mixes: object[] = [
    {},
    { gamma: 0, alpha: null },
    { gamma: 0.5, label_smoothing: 0.1 },
    { gamma: 2, alpha: 0.75, reduction: 'none' },
    { gamma: 1.5, reduction: 'sum', gradients_dtype: 'F16' },
    { gamma: perClass(batch, (c) => c / 2), gradients_dtype: 'BF16' },
    { alpha: perClass(batch, (c) => 1 / (c + 2)), normalizer: 'samples' },
    { alpha: { balanced: true }, gamma: 1.5 },
    { alpha: { effective_number: { beta: 0.999 } }, normalizer: 7.5 },
    { class_weights: perClass(batch, (c) => 1 + c / 4), reduction: 'sum', label_smoothing: 0.05 },
    { outputs: ['loss'] },
    { outputs: ['per_class', 'hessian'], gamma: 0.5 },
  ];
  if (batch.name === 'coins-edges') mixes.push({ activation: 'softmax' }, { activation: 'softmax', gamma: 0.5 });
  if (batch.name === 'digits-longtail') mixes.push({ activation: 'sigmoid' }, { activation: 'sigmoid', gamma: 1.5 });
  const weighted: Batch = {
    ...batch,
    name: `${batch.name} with sample weights`,
    tensors: { ...batch.tensors, sample_weights: sampleWeights(batch) },
    options: { ...batch.options, normalizer: 'weights' },
  };
  const probabilities = asProbabilities(withOptions(batch, { activation: 'sigmoid' }));
  return [
    ...mixes.map((mix) => withOptions(batch, mix as Record<string, unknown>)),
    weighted,
    probabilities,
    withOptions(probabilities, { gamma: 0.5, epsilon: 1e-3 }),
  ];
}

function* randomRequests(): Generator<ServiceRequest> {
  for (const { make, mixes, formats } of RANDOM_BATCHES) {
    const batch = make();
    for (const mix of mixes) yield* inFormats(withOptions(batch, mix as Record<string, unknown>), formats);
  }
}

/** The batches in each format once more, but deflated, as some clients send them. */
function* compressedRequests(checkout: string): Generator<ServiceRequest> {
  for (const batch of realBatches(checkout)) {
    for (const [encoding, encode] of Object.entries({ gzip: gzipSync, deflate: deflateSync })) {
      for (const request of inFormats(batch, /^JSON → JSON|^safetensors → safe|binary → binary/)) {
        const headers = { ...request.headers, 'content-encoding': encoding };
        yield { ...request, name: `${encoding}, ${request.name}`, headers, body: encode(request.body!) };
      }
    }
  }
}
