import type { Allocator } from '../../core/allocator.ts';
import { ServiceError } from '../../core/service-error.ts';
import { ValidationIssues } from '../../core/validation-issues.ts';
import type { DecodedRequest, RequestBody } from '../codec.ts';
import { fieldOf, joinGammaSides } from '../gamma-field.ts';
import { checkFields, readBatchTensors } from '../read-batch.ts';
import { addSchemaIssues } from '../schema-issues.ts';
import { readInputs } from './inference-inputs.ts';
import { parseInferenceJson } from './inference-json.ts';
import { MODEL_METADATA } from './inference-model.ts';
import { type OutputTensor, outputsFor, outputTensors } from './inference-outputs.ts';
import { readParameters } from './inference-parameters.ts';
import { regionUseOf } from './inference-region-use.ts';
import { type InferenceRequest, inferenceInputSchema, inferenceRequestSchema } from './inference-schema.ts';
import { recentRequests } from './recent-requests.ts';

export interface DecodedInference extends DecodedRequest {
  readonly id: string | undefined;
  readonly outputs: readonly OutputTensor[];
}

/**
 * Reads a request: JSON, and behind it the binary data of those inputs that have any.
 *
 * @param allocator where the batch's tensors go that are not views of the body; aligned binary data is viewed
 * @throws {ServiceError} `malformed_body`, or `invalid_request` with everything that was found wrong
 */
export function readInference({ bytes, jsonBytes, regions }: RequestBody, allocator: Allocator): DecodedInference {
  if (jsonBytes > bytes.length) {
    throw new ServiceError(
      'malformed_body',
      `expected an Inference-Header-Content-Length of at most ${bytes.length}, the bytes of the body, got ${jsonBytes}`,
    );
  }
  const json = bytes.subarray(0, jsonBytes);
  const recent = recentRequests.find(json);
  const request = recent?.request ?? checkEnvelope(parseInferenceJson(json, allocator));
  const requested = request.outputs ?? [];

  const issues = new ValidationIssues();
  const parameters = recent?.parameters ?? readParameters(request, issues);
  const { binaryOutput, timeoutMs, options } = parameters;
  const inputs = readInputs(request.inputs, bytes.subarray(jsonBytes), regions, allocator, issues);
  const outputs = recent?.outputs ?? outputsFor(requested, issues);
  issues.throwIfAny();

  const given = joinGammaSides({ ...options, ...Object.fromEntries(inputs) });
  const fields = recent?.fields ?? checkFields({ ...given, ...(requested.length > 0 && { outputs }) });
  const tensors = Object.fromEntries([...inputs.keys()].map(fieldOf).map((name) => [name, given[name]]));
  const { batch, options: echoed } = readBatchTensors({ ...fields, ...tensors }, { allocator, issues });
  const outputsToWrite = outputTensors(batch, requested, regions, binaryOutput, issues);
  const regionUse = regionUseOf(request, outputsToWrite, regions, issues);
  issues.throwIfAny();
  if (!recent) recentRequests.add(json, { request, parameters, outputs, fields });
  return {
    batch,
    options: echoed,
    hyperParameters: undefined,
    timeoutMs,
    id: request.id ?? undefined,
    outputs: outputsToWrite,
    regionUse,
  };
}

const MEMBERS = [...Object.keys(inferenceRequestSchema.shape), ...Object.keys(inferenceInputSchema.shape)];

/**
 * Checks the JSON of a request, apart from data.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function checkEnvelope(envelope: unknown): InferenceRequest {
  const issues = new ValidationIssues();
  // This check comes first, because the schema looks at every item.
  for (const list of ['inputs', 'outputs'] as const) {
    const max = MODEL_METADATA[list].length;
    const given = (envelope as Partial<Record<string, unknown>> | null)?.[list];
    if (Array.isArray(given) && given.length > max) {
      issues.add(() => ({ pointer: `/${list}`, message: `expected at most ${max}, got ${given.length}` }));
    }
  }
  issues.throwIfAny();
  const parsed = inferenceRequestSchema.safeParse(envelope, { reportInput: true });
  if (!parsed.success) addSchemaIssues(parsed.error.issues, MEMBERS, issues);
  issues.throwIfAny();
  // The schema leaves out a parameter `__proto__`, which is as unknown as any other.
  return { ...parsed.data!, parameters: (envelope as InferenceRequest).parameters };
}
