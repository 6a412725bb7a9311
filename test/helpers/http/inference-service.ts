import assert from 'node:assert/strict';
import { inferenceResponseSchema } from '../../../src/codecs/open-inference/inference-schema.ts';
import { inferenceProblemSchema } from '../../../src/http/inference-problem.ts';
import { type GivenTensor, type ReadInference, readInferenceBody } from '../inference-body.ts';
import { startTestService, type TestService } from '../service.ts';

// The batch and the client of the tests of the Open Inference Protocol.

/** Inputs of every kind; no sample has class 3. */
export const BATCH = {
  logits: [
    [2.25, -1.5, -4, 0.125],
    [-3.1, 0.4, 0.7, -1.9],
    [0.01, 5.5, -0.3, 1.75],
  ],
  labels: [0, 2, 1],
  sample_weights: [1, 0.5, 2.25],
  class_weights: [1, 0.7, 1.3, 2],
  gamma: [2, 1.5, 0, 3],
  alpha: [0.3, 0.1, 0.2, 0.9],
};
export const OPTIONS = { activation: 'softmax', normalizer: 'weights', label_smoothing: 0.05 };

export type Inputs = Readonly<Record<string, GivenTensor>>;

/** The batch, with the named inputs as binary data. Labels come first, so that the other inputs are not aligned. */
export function inputs(
  binary: readonly string[] = [],
  datatypes: Readonly<Record<string, GivenTensor['datatype']>> = {},
): Inputs {
  const { labels, ...others } = BATCH;
  return Object.fromEntries(
    Object.entries({ labels, ...others }).map(([name, values]) => {
      const [row] = values;
      const given: GivenTensor = {
        datatype: datatypes[name] ?? (name === 'labels' ? 'INT64' : /logits|sample/.test(name) ? 'FP32' : 'FP64'),
        shape: Array.isArray(row) ? [values.length, row.length] : [values.length],
        values: values.flat(),
        binary: binary.includes(name),
      };
      return [name, given];
    }),
  );
}

/** A body, and how many bytes of it are JSON; if undefined, the header is not sent. */
export interface InferenceBody {
  readonly body: Buffer;
  readonly jsonBytes?: number;
}

export interface InferenceService extends TestService {
  /** Posts a body and expects a response in the protocol's form. */
  infer(sent: InferenceBody, headers?: Record<string, string>): Promise<ReadInference>;
  /** Posts a body and expects an error in the protocol's form. */
  rejects(
    sent: InferenceBody,
    message: RegExp,
    expected?: { status?: number; code?: string; headers?: Record<string, string> },
  ): Promise<void>;
}

export async function startInferenceService(...flags: string[]): Promise<InferenceService> {
  const service = await startTestService(...flags);
  const post = ({ body, jsonBytes }: InferenceBody, headers: Record<string, string>) =>
    fetch(`${service.url}/v2/models/focal-loss/infer`, {
      method: 'POST',
      headers: { ...(jsonBytes !== undefined && { 'inference-header-content-length': String(jsonBytes) }), ...headers },
      body: new Uint8Array(body),
    });
  return {
    ...service,
    async infer(sent, headers = {}) {
      const response = await post(sent, headers);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(response.status, 200, bytes.toString());
      const length = response.headers.get('inference-header-content-length');
      const type = response.headers.get('content-type');
      assert.equal(type, length === null ? 'application/json' : 'application/octet-stream');
      const read = readInferenceBody(bytes, length === null ? undefined : Number(length));
      inferenceResponseSchema.parse(read.head);
      assert.equal(Number(length) % 8, 0);
      return read;
    },
    async rejects(sent, message, { status = 400, code = 'invalid_request', headers = {} } = {}) {
      const response = await post(sent, headers);
      const text = await response.text();
      assert.equal(response.status, status, text);
      assert.equal(response.headers.get('content-type'), 'application/json');
      const problem = inferenceProblemSchema.parse(JSON.parse(text));
      assert.deepEqual([problem.status, problem.code], [status, code]);
      assert.match(problem.error, message);
    },
  };
}
