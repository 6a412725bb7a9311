import { DATATYPES, type Datatype } from '../../../src/codecs/open-inference/inference-datatype.ts';
import { readInferenceBody } from '../inference-body.ts';
import { readTensorFile } from '../tensor-file.ts';
import { alignedFile, type FileOptions } from './aligned-file.ts';
import { alignedTensors, type BatchOptions } from './aligned-tensors.ts';
import { SAFETENSORS } from './gated-batch.ts';
import type { Headers, Received } from './send.ts';

/** A body whose logits are the last of it, and where it goes. */
export interface EarlyBody {
  readonly path: string;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** A response without what differs from one to the next. */
export interface Outcome {
  readonly status: number;
  readonly tensors?: unknown;
  readonly response: Record<string, unknown>;
}

const JSON_LENGTH = 'inference-header-content-length';
const DURATIONS = ['queue_ms', 'decode_ms', 'compute_ms', 'encode_ms'];

export function evaluationBody(options: FileOptions): EarlyBody {
  return { path: '/v1/focal-loss', headers: SAFETENSORS, bytes: alignedFile(options) };
}

/** A sweep with all ways to give an α, of which each needs other evaluations. */
export function sweepBody({ metadata, ...options }: FileOptions): EarlyBody {
  const grid = { gammas: '[0, 0.5, 2, 3]', alphas: '[null, 0.25, {"balanced": true}]' };
  return {
    path: '/v1/focal-loss/sweep',
    headers: SAFETENSORS,
    bytes: alignedFile({ ...options, metadata: { ...grid, ...metadata } }),
  };
}

export interface InferenceOptions extends BatchOptions {
  /** Whether an input of one byte comes before the logits. */
  readonly misaligned?: boolean;
  /** More members of the request. */
  readonly rest?: object;
}

/** A request of the Open Inference Protocol. Its JSON has any length, and the service places the tensors so that they are aligned. */
export function inferenceRequest(options: InferenceOptions): EarlyBody {
  const gamma = { name: 'gamma', dtype: 'U8' as const, shape: [1], bytes: Buffer.from([2]) };
  const tensors = [...(options.misaligned ? [gamma] : []), ...alignedTensors(options)];
  const inputs = tensors.map(({ name, dtype, shape, bytes }) => {
    const datatype = (Object.keys(DATATYPES) as Datatype[]).find((key) => DATATYPES[key] === dtype);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const parameters = { binary_data_output: true, ...options.metadata };
  const json = Buffer.from(JSON.stringify({ parameters, inputs, ...options.rest }));
  return {
    path: '/v2/models/focal-loss/infer',
    headers: { [JSON_LENGTH]: json.length },
    bytes: Buffer.concat([json, ...tensors.map(({ bytes }) => bytes)]),
  };
}

/** Where the predictions begin, which are the last of a body. */
export function predictionsStart({ bytes }: EarlyBody, { shape, dtype }: BatchOptions): number {
  return bytes.length - (dtype === 'F16' ? 2 : 4) * shape.reduce((product, size) => product * size);
}

export function outcomeOf({ status, headers, body }: Received): Outcome {
  if (status !== 200) return { status, response: { ...JSON.parse(`${body}`), request_id: '' } };
  const jsonBytes = headers[JSON_LENGTH];
  if (jsonBytes !== undefined) {
    const { head, outputs } = readInferenceBody(body, Number(jsonBytes));
    for (const name of DURATIONS) delete head.parameters[name];
    return { status, tensors: outputs, response: head };
  }
  if (headers['content-type'] === 'application/json') {
    return { status, response: { ...JSON.parse(`${body}`), duration_ms: undefined } };
  }
  const { tensors, metadata } = readTensorFile(body);
  return { status, tensors, response: { ...JSON.parse(metadata.response!), duration_ms: undefined } };
}
