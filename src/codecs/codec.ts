import type { Allocator } from '../core/allocator.ts';
import type { Batch } from '../loss/batch.ts';
import type { Totals } from '../loss/evaluation.ts';
import type { SweepPlan } from '../loss/sweep-plan.ts';
import { readJsonFields } from './json/json-request.ts';
import { type JsonPlan, writeJson } from './json/json-response.ts';
import { type InferenceResponseOptions, readInferenceRequest } from './open-inference/inference-request.ts';
import { type InferencePlan, writeInference } from './open-inference/inference-response.ts';
import { readRequest } from './read-request.ts';
import type { EncodedResponse, ResponseFacts } from './response-plan.ts';
import { readSafetensorsFields } from './safetensors/safetensors-request.ts';
import { type SafetensorsPlan, writeSafetensors } from './safetensors/safetensors-response.ts';
import { readSweepRequest } from './sweep/sweep-request.ts';
import { type SweepResponsePlan, writeSweep } from './sweep/sweep-response.ts';

/** A body that is a request. */
export type RequestFormat =
  | { readonly format: 'json' | 'safetensors'; readonly sweep?: boolean }
  /** @param jsonBytes how much of the body is JSON; undefined: all of it */
  | { readonly format: 'inference'; readonly jsonBytes: number | undefined };

export interface ReadRequest {
  readonly batch: Batch;
  readonly reply?: InferenceResponseOptions;
  readonly sweep?: SweepPlan;
}

export type Plan = JsonPlan | SafetensorsPlan | InferencePlan | SweepResponsePlan;

/** @throws {ServiceError} `malformed_body`, or `invalid_request` with everything that was found wrong */
export function readAs(request: RequestFormat, body: Uint8Array, allocator: Allocator): ReadRequest {
  if (request.format === 'inference') return readInferenceRequest(body, request.jsonBytes, allocator);
  const fields = request.format === 'json' ? readJsonFields(body, allocator) : readSafetensorsFields(body);
  return request.sweep ? readSweepRequest(fields, allocator) : { batch: readRequest(fields, allocator) };
}

export function writeAs(plan: Plan, totals: Totals, facts: ResponseFacts): EncodedResponse {
  switch (plan.format) {
    case 'json':
      return writeJson(plan, totals, facts);
    case 'safetensors':
      return writeSafetensors(plan, totals, facts);
    case 'inference':
      return writeInference(plan, totals, facts);
    case 'sweep':
      return writeSweep(plan, totals.sums, facts);
  }
}
