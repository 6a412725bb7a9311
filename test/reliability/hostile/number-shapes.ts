import { INFER, type Request, V1 } from '../request-formats.ts';
import { type HostileShape, inference, joined, json, list, repeated, safetensors, zipped } from './hostile-shape.ts';

// Numbers that are short as text and long as memory, and the other way round. Bodies are up to 64 MiB, the default limit.

/** Two bytes for each number, and up to 8 in memory. */
export function zeros(count: number, outputs = '["loss"]'): Request {
  const half = Math.ceil(count / 2);
  return json(joined(`{"outputs":${outputs},"logits":`, list('0', half), ',"labels":', list('0', half), '}'));
}

export function inferenceZeros(count: number): Request {
  const half = Math.ceil(count / 2);
  const input = (name: string) =>
    joined(`{"name":"${name}","datatype":"FP32","shape":[${half}],"data":`, list('0', half), '}');
  return inference(joined('{"inputs":[', input('logits'), ',', input('labels'), '],"outputs":[{"name":"loss"}]}'));
}

/** One zero in each row: an array for every number. */
export function columns(count: number): Request {
  return json(joined('{"outputs":["loss"],"logits":', list('[0]', count), ',"labels":', list('[0]', count), '}'));
}

export function longNumber(digits: number): Request {
  return json(joined('{"labels":[0],"logits":[0.', repeated('1', digits), 'e-5]}'));
}

/** Numbers that a reader cannot take for exact ones. */
function hardNumbers(count: number): Request {
  const hard = '1.7976931348623157e-308';
  return json(joined('{"labels":', list('0', count), ',"logits":', list(hard, count), '}'));
}

/** A list in an option, far longer than there may be classes. */
function longOption(name: string, count: number): Request {
  return json(joined(`{"logits":[0],"labels":[0],"${name}":`, list('0', count), '}'));
}

/** Numbers and one null, for which the whole body is parsed to find it. */
function hiddenNull(count: number): Request {
  return json(joined('{"logits":[null,', repeated('0,', count), '0],"labels":[0]}'));
}

/** Logits in float16 that are all NaN, which is an issue for each of them. */
function notNumbers(count: number): Request {
  const tensor = (dtype: string, from: number, to: number) =>
    `{"dtype":"${dtype}","shape":[${count}],"data_offsets":[${from},${to}]}`;
  const header = `{"logits":${tensor('F16', 0, 2 * count)},"labels":${tensor('U8', 2 * count, 3 * count)}}`;
  return safetensors(header, joined(Buffer.alloc(2 * count, 0xff), Buffer.alloc(count)));
}

export const NUMBER_SHAPES: readonly HostileShape[] = [
  zipped('0,0,0,… of 64 MB as logits and labels', V1, () => zeros(32_000_000), [200, 413]),
  zipped('0,0,0,… of 64 MB as Open Inference data', INFER, () => inferenceZeros(32_000_000), [200, 413]),
  zipped('[0],[0],… of 16 MB', V1, () => columns(2_000_000), [200]),
  zipped('8 million zeros, every output', V1, () => zeros(8_000_000, '["loss","gradients","elementwise","hessian"]')),
  zipped('a number of 60 MB', V1, () => longNumber(60_000_000)),
  zipped('2 million subnormal numbers of 23 digits', V1, () => hardNumbers(2_000_000), [200]),
  zipped('16 million times NaN in safetensors', V1, () => notNumbers(16_000_000), [413, 422]),
  zipped('8 million zeros as normalizer', V1, () => longOption('normalizer', 8_000_000), [400, 413, 422]),
  zipped('2 million zeros as alpha', V1, () => longOption('alpha', 2_000_000), [413, 422]),
  zipped('a null before 2 million zeros', V1, () => hiddenNull(2_000_000), [413, 422]),
];
