import type { Allocator } from '../../core/allocator.ts';
import { ServiceError } from '../../core/service-error.ts';
import { ValidationIssues } from '../../core/validation-issues.ts';
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
export interface InferenceResponseOptions {
  readonly id: string | undefined;
  readonly outputs: readonly OutputTensor[];
  /** How long the caller will wait, if it says so. */
  readonly timeoutMs: number | undefined;
}

export interface Inference {
  readonly batch: Batch;
  readonly reply: InferenceResponseOptions;
}

/**
 * Reads a request: JSON, and behind it the binary data of the inputs that have any.
 *
 * @param body may lie in shared allocator; where its tensors are aligned there, the batch's are views of it
 * @param jsonBytes how long the JSON is; undefined: all of the body
 * @throws {ServiceError} `malformed_body`, or `invalid_request` with everything that was found wrong
 */
export function readInferenceRequest(body: Uint8Array, jsonBytes: number | undefined, allocator: Allocator): Inference {
  if (jsonBytes !== undefined && jsonBytes > body.length) {
    throw new ServiceError(
      'malformed_body',
      `expected an Inference-Header-Content-Length of at most ${body.length}, the bytes of the body, got ${jsonBytes}`,
    );
  }
  const request = checkEnvelope(parseInferenceJson(body.subarray(0, jsonBytes), allocator));
  const requested = request.outputs ?? [];

  const issues = new ValidationIssues();
  const { binaryOutput, timeoutMs, options } = readParameters(request, issues);
  const inputs = readInputs(request.inputs, body.subarray(jsonBytes ?? body.length), issues);
  const outputs = outputsFor(requested, issues);
  issues.throwIfAny();

  const fields = { ...options, ...Object.fromEntries(inputs), ...(requested.length > 0 && { outputs }) };
  const batch = readRequest(fields, allocator);
  const tensors = outputTensors(batch, requested, binaryOutput, issues);
  issues.throwIfAny();
  return { batch, reply: { id: request.id ?? undefined, outputs: tensors, timeoutMs } };
}

const MEMBERS = [...Object.keys(inferenceRequestSchema.shape), ...Object.keys(inferenceInputSchema.shape)];

function checkEnvelope(envelope: unknown): InferenceRequest {
  const issues = new ValidationIssues();
  // First, because the schema looks at every one of them.
  for (const list of ['inputs', 'outputs'] as const) {
    const most = MODEL_METADATA[list].length;
    const given = (envelope as Partial<Record<string, unknown>> | null)?.[list];
    if (Array.isArray(given) && given.length > most) {
      issues.add(() => ({ pointer: `/${list}`, message: `expected at most ${most}, got ${given.length}` }));
    }
  }
  issues.throwIfAny();
  const parsed = inferenceRequestSchema.safeParse(envelope, { reportInput: true });
  if (!parsed.success) addSchemaIssues(parsed.error.issues, MEMBERS, issues);
  issues.throwIfAny();
  return parsed.data!;
}
