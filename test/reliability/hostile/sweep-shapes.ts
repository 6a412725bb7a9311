import { type Request, V1 } from '../request-formats.ts';
import { type HostileShape, joined, json, list, SWEEP, safetensors, zipped } from './hostile-shape.ts';

// Sweeps, and options per class: few bytes for much arithmetic, many options, or long responses.

/** A few hundred bytes when compressed: schemes that are resolved for every class. */
export function schemeSweep(classes: number, alphas: number): Request {
  const scheme = '{"effective_number":{"beta":0.999}}';
  const batch = joined('"logits":[', list('0', classes), '],"labels":[0]');
  return json(joined('{', batch, ',"gammas":[2],"alphas":', list(scheme, alphas), '}'), SWEEP);
}

/** Soft labels, for which every pair is evaluated: the most arithmetic that a byte can demand. */
export function softSweep(elements: number, pairs: number): Request {
  const side = Math.ceil(Math.sqrt(pairs));
  const lists = joined(',"gammas":', list('0.7', side), ',"alphas":', list('0.3', Math.ceil(pairs / side)));
  return json(joined('{"logits":', list('0', elements), ',"labels":', list('0.5', elements), lists, '}'), SWEEP);
}

/** The same as float16, 4 bytes for each element. */
export function softFileSweep(elements: number, pairs: number): Request {
  const side = Math.ceil(Math.sqrt(pairs));
  const span = 2 * elements;
  const header = joined(
    `{"__metadata__":{"gammas":"`,
    list('0.7', side),
    `","alphas":"`,
    list('0.3', Math.ceil(pairs / side)),
    `"},"logits":{"dtype":"F16","shape":[${elements}],"data_offsets":[0,${span}]},`,
    `"labels":{"dtype":"F16","shape":[${elements}],"data_offsets":[${span},${2 * span}]}}`,
  );
  return safetensors(header, joined(Buffer.alloc(span), Buffer.alloc(span, Buffer.of(0x00, 0x38))), SWEEP);
}

/** Under softmax an alpha that differs from class to class needs an evaluation for each pair. */
export function softmaxSweep(samples: number, pairsOfClasses: number, pairs: number): Request {
  const alpha = list('0.5,0.25', pairsOfClasses).toString();
  const row = list('0,0', pairsOfClasses).toString();
  const batch = joined('"logits":', list(row, samples), ',"labels":', list('0', samples));
  const lists = joined(',"gammas":[0.7],"alphas":', list(alpha, pairs));
  return json(joined('{"activation":"softmax",', batch, lists, '}'), SWEEP);
}

function longLists(length: number): Request {
  const lists = joined(',"gammas":', list('0', length), ',"alphas":', list('0', length));
  return json(joined('{"logits":[0],"labels":[0]', lists, '}'), SWEEP);
}

/** Options per class, for one sample. */
export function classOptions(classes: number, outputs: string): Request {
  const options = ['gamma', 'alpha', 'class_weights'].map((name) => joined(`,"${name}":`, list('1', classes)));
  return json(joined(`{"outputs":${outputs},"logits":[`, list('0', classes), '],"labels":[0]', ...options, '}'));
}

/** No samples: neither the classes nor their breakdown need a byte in the request. */
export function emptyBatch(classes: number): Request {
  const tensor = (dtype: string, shape: string) => `{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,0]}`;
  const request = safetensors(`{"logits":${tensor('F32', `[0,${classes}]`)},"labels":${tensor('U8', '[0]')}}`);
  return { ...request, headers: { Accept: 'application/json' } };
}

export function classCounts(classes: number): Request {
  const scheme = joined('{"effective_number":{"beta":0.999999,"class_counts":', list('9', classes), '}}');
  return json(joined('{"outputs":["loss"],"logits":[', list('0', classes), '],"labels":[0],"alpha":', scheme, '}'));
}

/** Names that the breakdown repeats. */
export function classNames(classes: number, bytes: number): Request {
  const name = `"${'n'.repeat(bytes)}"`;
  return json(joined('{"logits":[', list('0', classes), '],"labels":[0],"class_names":', list(name, classes), '}'));
}

export const SWEEP_SHAPES: readonly HostileShape[] = [
  zipped('sweep of 8192 classes and 256 effective_number', SWEEP, () => schemeSweep(8192, 256)),
  zipped('sweep of 10 million soft labels and 256 pairs', SWEEP, () => softSweep(10_000_000, 256)),
  zipped('sweep of 20 million float16 soft labels and 256 pairs', SWEEP, () => softFileSweep(20_000_000, 256)),
  zipped('sweep of 4000 × 1000 softmax and 32 alphas per class', SWEEP, () => softmaxSweep(4000, 500, 32)),
  zipped('sweep of 1000 soft labels and 256 pairs', SWEEP, () => softSweep(1000, 256), [200]),
  zipped('sweep of 8 million gammas and alphas', SWEEP, () => longLists(8_000_000), [400, 413, 422]),
  zipped('options of 260 000 classes', V1, () => classOptions(260_000, '["loss"]')),
  zipped('options and breakdown of 32 000 classes', V1, () => classOptions(32_000, '["loss","per_class"]')),
  zipped('breakdown of 32 000 classes of no samples', V1, () => emptyBatch(32_000)),
  zipped('class_counts of 260 000 classes', V1, () => classCounts(260_000)),
  zipped('32 000 class names of 1.9 KB', V1, () => classNames(32_000, 1900)),
];
