import { INFER, type Request } from '../request-formats.ts';
import { type HostileShape, inference, joined, list, posts, zipped } from './hostile-shape.ts';

// What only the Open Inference Protocol has: timeouts, many inputs and outputs, and sizes that may differ from the data.

/** A valid batch with a timeout in microseconds. */
export function withTimeout(timeout: string): Request {
  const inputs = '{"name":"logits","datatype":"FP32","shape":[1,2],"data":[1,2]}';
  const labels = '{"name":"labels","datatype":"INT64","shape":[1],"data":[1]}';
  return inference(`{"parameters":{"timeout":${timeout}},"inputs":[${inputs},${labels}]}`);
}

export function manyTensorsOf(kind: 'inputs' | 'outputs', count: number): Request {
  const input = '{"name":"logits","datatype":"FP32","shape":[1],"data":[1]}';
  return inference(
    kind === 'inputs'
      ? joined('{"inputs":', list(input, count), '}')
      : joined(`{"inputs":[${input}],"outputs":`, list('{"name":"loss"}', count), '}'),
  );
}

/** A shape whose product is far larger than its data. */
export function hugeShape(shape: string): Request {
  return inference(`{"inputs":[{"name":"logits","datatype":"FP64","shape":${shape},"data":[1]}]}`);
}

export const INFERENCE_SHAPES: readonly HostileShape[] = [
  posts('timeout of 2147483648000 µs', INFER, () => withTimeout('2147483648000'), [200]),
  posts('timeout of 1e300 µs', INFER, () => withTimeout('1e300'), [200]),
  posts('timeout of 1 µs', INFER, () => withTimeout('1'), [200, 504]),
  zipped('a million inputs', INFER, () => manyTensorsOf('inputs', 1_000_000), [400]),
  zipped('2 million outputs', INFER, () => manyTensorsOf('outputs', 2_000_000), [400]),
  posts('a shape of 2^140 elements', INFER, () => hugeShape('[268435456,268435456,268435456,268435456,268435456]')),
];
