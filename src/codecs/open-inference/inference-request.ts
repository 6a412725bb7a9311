import type { Memory } from '../../core/buffer-pool.ts';
import { Failure } from '../../core/service-error.ts';
import { Complaints } from '../../core/validation-issues.ts';
import type { Batch } from '../../loss/batch.ts';
import { readRequest } from '../read-request.ts';
import { addSchemaIssues } from '../schema-issues.ts';
import { readInputs } from './inference-inputs.ts';
import { parseInferenceJson } from './inference-json.ts';
import { MODEL_METADATA } from './inference-model.ts';
import { type OutputTensor, outputsFor, outputTensors } from './inference-outputs.ts';
import { readParameters } from './inference-parameters.ts';
import { type InferenceRequest, inferenceInputSchema, inferenceRequestSchema } from './inference-schema.ts';

/** How a caller of the Open Inference Protocol wants the answer. */
export interface InferenceReply {
  readonly id: string | undefined;
  readonly outputs: readonly OutputTensor[];
  /** How long the caller will wait, if it says so. */
  readonly timeoutMs: number | undefined;
}

export interface Inference {
  readonly batch: Batch;
  readonly reply: InferenceReply;
}

/**
 * Reads a request: JSON, and behind it the binary data of the inputs that have any.
 *
 * @param body may lie in shared memory; where its tensors are aligned there, the batch's are views of it
 * @param jsonBytes how long the JSON is; undefined: all of the body
 * @throws {Failure} `malformed_body`, or `invalid_request` with everything that was found wrong
 */
export function readInferenceRequest(body: Uint8Array, jsonBytes: number | undefined, memory: Memory): Inference {
  if (jsonBytes !== undefined && jsonBytes > body.length) {
    throw new Failure(
      'malformed_body',
      `expected an Inference-Header-Content-Length of at most ${body.length}, the bytes of the body, got ${jsonBytes}`,
    );
  }
  const request = checkEnvelope(parseInferenceJson(body.subarray(0, jsonBytes), memory));
  const requested = request.outputs ?? [];

  const complaints = new Complaints();
  const { binaryOutput, timeoutMs, options } = readParameters(request, complaints);
  const inputs = readInputs(request.inputs, body.subarray(jsonBytes ?? body.length), complaints);
  const outputs = outputsFor(requested, complaints);
  complaints.throwIfAny();

  const fields = { ...options, ...Object.fromEntries(inputs), ...(requested.length > 0 && { outputs }) };
  const batch = readRequest(fields, memory);
  const tensors = outputTensors(batch, requested, binaryOutput, complaints);
  complaints.throwIfAny();
  return { batch, reply: { id: request.id ?? undefined, outputs: tensors, timeoutMs } };
}

const MEMBERS = [...Object.keys(inferenceRequestSchema.shape), ...Object.keys(inferenceInputSchema.shape)];

function checkEnvelope(envelope: unknown): InferenceRequest {
  const complaints = new Complaints();
  // First, because the schema looks at every one of them.
  for (const list of ['inputs', 'outputs'] as const) {
    const most = MODEL_METADATA[list].length;
    const given = (envelope as Partial<Record<string, unknown>> | null)?.[list];
    if (Array.isArray(given) && given.length > most) {
      complaints.add(() => ({ pointer: `/${list}`, message: `expected at most ${most}, got ${given.length}` }));
    }
  }
  complaints.throwIfAny();
  const parsed = inferenceRequestSchema.safeParse(envelope, { reportInput: true });
  if (!parsed.success) addSchemaIssues(parsed.error.issues, MEMBERS, complaints);
  complaints.throwIfAny();
  return parsed.data!;
}
