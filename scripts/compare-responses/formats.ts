import type { Batch } from './batch.ts';
import { bytesOf, DATATYPES, flat, hasJson, nested, type Tensor } from './tensor.ts';

/** What is sent to both services. */
export interface ServiceRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export const JSON_TYPE = 'application/json';
export const SAFETENSORS = 'application/vnd.safetensors';
const BYTES = 'application/octet-stream';
export const ROUTE = '/v1/focal-loss';
export const INFER = '/v2/models/focal-loss/infer';

export function post(name: string, path: string, body: Buffer, type: string, accept = '*/*'): ServiceRequest {
  return { name, method: 'POST', path, headers: { 'content-type': type, accept }, body };
}

export function postJson(name: string, path: string, body: unknown): ServiceRequest {
  return post(name, path, Buffer.from(JSON.stringify(body)), JSON_TYPE);
}

export function safetensorsFile(tensors: Batch['tensors'], metadata: Readonly<Record<string, string>>): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = JSON.stringify(header);
  // Aligned, as the libraries write it.
  return rawSafetensors(text.padEnd(Math.ceil(text.length / 8) * 8), Object.values(tensors).map(bytesOf));
}

export function rawSafetensors(header: string, data: readonly Buffer[] = []): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...data]);
}

function jsonBody({ tensors, options }: Batch): Buffer {
  const arrays = Object.entries(tensors).map(([name, tensor]) => [name, nested(tensor)]);
  return Buffer.from(JSON.stringify({ ...Object.fromEntries(arrays), ...options }));
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function safetensorsBody({ tensors, options }: Batch): Buffer {
  const metadata = Object.entries(options).map(([name, value]) => [name, asText(value)]);
  return safetensorsFile(tensors, Object.fromEntries(metadata));
}

/** A request of the Open Inference Protocol, with the inputs of these names as bytes behind the JSON. */
export function inferenceRequest(
  { name, tensors, options }: Batch,
  isBinary: (input: string, tensor: Tensor) => boolean,
  { parameters = {}, ...rest }: { parameters?: object; outputs?: object } = {},
): ServiceRequest {
  const data: Buffer[] = [];
  const inputs = Object.entries(tensors).map(([input, tensor]) => {
    const described = { name: input, shape: tensor.shape, datatype: DATATYPES[tensor.dtype] };
    if (!isBinary(input, tensor)) return { ...described, data: flat(tensor) };
    const bytes = bytesOf(tensor);
    data.push(bytes);
    return { ...described, parameters: { binary_data_size: bytes.length } };
  });
  const plain = Object.entries(options).map(([option, value]) => [
    option,
    typeof value === 'number' || typeof value === 'boolean' ? value : asText(value),
  ]);
  const json = Buffer.from(
    JSON.stringify({ id: 'compare', inputs, parameters: { ...Object.fromEntries(plain), ...parameters }, ...rest }),
  );
  const request = post(name, INFER, Buffer.concat([json, ...data]), data.length > 0 ? BYTES : JSON_TYPE);
  if (data.length === 0) return request;
  return { ...request, headers: { ...request.headers, 'inference-header-content-length': String(json.length) } };
}

const SOME_OUTPUTS = [
  { name: 'loss' },
  { name: 'sum', parameters: { binary_data: true } },
  { name: 'elementwise' },
  { name: 'gradients', parameters: { binary_data: true } },
];
const binaryOut = { parameters: { binary_data_output: true } };

/** The batch in each format and for each format of the answer, by the name of that pair. */
const FORMATS: Readonly<Record<string, (batch: Batch) => ServiceRequest>> = {
  'JSON → JSON': (batch) => post(batch.name, ROUTE, jsonBody(batch), JSON_TYPE, JSON_TYPE),
  'JSON → safetensors': (batch) => post(batch.name, ROUTE, jsonBody(batch), JSON_TYPE, SAFETENSORS),
  'safetensors → JSON': (batch) => post(batch.name, ROUTE, safetensorsBody(batch), SAFETENSORS, JSON_TYPE),
  'safetensors → safetensors': (batch) => post(batch.name, ROUTE, safetensorsBody(batch), SAFETENSORS),
  'octet-stream → octet-stream': (batch) => post(batch.name, ROUTE, safetensorsBody(batch), BYTES, BYTES),
  'Open Inference JSON → JSON': (batch) => inferenceRequest(batch, () => false),
  'Open Inference JSON → binary': (batch) => inferenceRequest(batch, () => false, binaryOut),
  'Open Inference binary → JSON': (batch) => inferenceRequest(batch, () => true),
  'Open Inference binary → binary': (batch) => inferenceRequest(batch, () => true, binaryOut),
  'Open Inference mixed': ({ options: { outputs: _, ...options }, ...batch }) =>
    inferenceRequest({ ...batch, options }, (input, tensor) => input === 'logits' || !hasJson(tensor), {
      outputs: SOME_OUTPUTS,
    }),
  'sweep JSON': (batch) => post(batch.name, `${ROUTE}/sweep`, jsonBody(asSweep(batch)), JSON_TYPE),
  'sweep safetensors': (batch) => post(batch.name, `${ROUTE}/sweep`, safetensorsBody(asSweep(batch)), SAFETENSORS),
};

const TEXT_IN = /^(?:JSON|Open Inference JSON|sweep JSON)/;

/** @param wanted of these formats only those that can say what the batch has */
export function* inFormats(batch: Batch, wanted = /./): Generator<ServiceRequest> {
  const isText = Object.values(batch.tensors).every(hasJson);
  for (const [format, write] of Object.entries(FORMATS)) {
    if (!wanted.test(format) || (!isText && TEXT_IN.test(format))) continue;
    const request = write(batch);
    yield { ...request, name: `${format}: ${request.name}` };
  }
}

function asSweep({ name, tensors, options }: Batch): Batch {
  const { gamma: _, alpha: __, ...others } = tensors;
  const { gamma: _____, alpha, outputs: ___, gradients_dtype: ____, ...shared } = options;
  const gammas = options.soft_labels === 'quality' ? [0, 1, 2] : [0, 0.5, 1.5, 2];
  const alphas = [null, 0.25, { balanced: true }, ...(alpha === undefined ? [] : [alpha])];
  return { name, tensors: others, options: { ...shared, gammas, alphas } };
}
