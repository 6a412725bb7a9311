import { type Headers, post } from '../harness/connection.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

export const FORMATS = ['JSON', 'safetensors', 'Open Inference JSON', 'Open Inference binary'] as const;
export type Format = (typeof FORMATS)[number];

export const V1 = '/v1/focal-loss';
export const INFER = '/v2/models/focal-loss/infer';

export interface Request {
  readonly path: string;
  readonly type: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface TypedNumbers {
  /** `[samples, classes]`, none of which needs more than float32. */
  readonly logits: Float32Array;
  /** `[samples]` class indices. */
  readonly labels: Int32Array;
}

export type Options = Readonly<Record<string, unknown>>;

export function toBytes({ path, type, body, headers }: Request): Buffer {
  return post(path, type, body, headers);
}

/** The same batch as clients of each format send it, written without the code under test. */
export function requestIn(format: Format, numbers: TypedNumbers, options: Options): Request {
  switch (format) {
    case 'JSON':
      return jsonRequest(numbers, options);
    case 'safetensors':
      return safetensorsRequest(numbers, options);
    case 'Open Inference JSON':
      return inferenceRequest(numbers, options, false);
    case 'Open Inference binary':
      return inferenceRequest(numbers, options, true);
  }
}

function jsonRequest({ logits, labels }: TypedNumbers, options: Options): Request {
  const classes = logits.length / labels.length;
  const rows = Array.from(labels, (_, i) => decimals(logits.subarray(i * classes, (i + 1) * classes)));
  const body = Buffer.from(JSON.stringify({ logits: rows, labels: [...labels], ...options }));
  return { path: V1, type: 'application/json', headers: {}, body };
}

function safetensorsRequest({ logits, labels }: TypedNumbers, options: Options): Request {
  const shape = [labels.length, logits.length / labels.length];
  const metadata = Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]);
  const body = tensorFile(
    {
      labels: { dtype: 'I64', shape: [labels.length], values: [...labels] },
      logits: { dtype: 'F32', shape, values: [...logits] },
    },
    Object.fromEntries(metadata),
  );
  return { path: V1, type: 'application/vnd.safetensors', headers: {}, body };
}

/** Options are parameters, in which lists and null are JSON text. */
function inferenceRequest({ logits, labels }: TypedNumbers, options: Options, binary: boolean): Request {
  const samples = labels.length;
  const data = [bytesOf(logits), bytesOf(BigInt64Array.from(labels, BigInt))] as const;
  const input = (name: string, datatype: string, shape: readonly number[], bytes: Buffer, numbers: () => number[]) => ({
    name,
    datatype,
    shape,
    ...(binary ? { parameters: { binary_data_size: bytes.length } } : { data: numbers() }),
  });
  const parameters = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ]);
  const json = Buffer.from(
    JSON.stringify({
      inputs: [
        input('logits', 'FP32', [samples, logits.length / samples], data[0], () => decimals(logits)),
        input('labels', 'INT64', [samples], data[1], () => [...labels]),
      ],
      parameters: { ...Object.fromEntries(parameters), binary_data_output: binary },
    }),
  );
  if (!binary) return { path: INFER, type: 'application/json', headers: {}, body: json };
  return {
    path: INFER,
    type: 'application/octet-stream',
    headers: { 'Inference-Header-Content-Length': json.length },
    body: Buffer.concat([json, ...data]),
  };
}

/** Nine digits, which read as the same float32. */
function decimals(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
