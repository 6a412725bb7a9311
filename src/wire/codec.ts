import type { Batch } from '../loss/batch.ts';
import type { Totals } from '../loss/evaluation.ts';
import type { Memory } from '../loss/memory.ts';
import type { AnswerFacts, WrittenAnswer } from './answer.ts';
import { type InferenceReply, readInferenceRequest } from './inference-request.ts';
import { type InferencePlan, writeInference } from './inference-response.ts';
import { readJsonRequest } from './json-request.ts';
import { type JsonPlan, writeJson } from './json-response.ts';
import { readSafetensorsRequest } from './safetensors-request.ts';
import { type SafetensorsPlan, writeSafetensors } from './safetensors-response.ts';

/** A body that is a request. */
export type RequestFormat =
  | { readonly format: 'json' | 'safetensors' }
  /** @param jsonBytes how much of the body is JSON; undefined: all of it */
  | { readonly format: 'inference'; readonly jsonBytes: number | undefined };

export interface ReadRequest {
  readonly batch: Batch;
  readonly reply?: InferenceReply;
}

export type Plan = JsonPlan | SafetensorsPlan | InferencePlan;

/** @throws {Failure} `malformed_body`, or `invalid_request` with everything that was found wrong */
export function readAs(request: RequestFormat, body: Uint8Array, memory: Memory): ReadRequest {
  switch (request.format) {
    case 'json':
      return { batch: readJsonRequest(body, memory) };
    case 'safetensors':
      return { batch: readSafetensorsRequest(body, memory) };
    case 'inference':
      return readInferenceRequest(body, request.jsonBytes, memory);
  }
}

export function writeAs(plan: Plan, totals: Totals, facts: AnswerFacts): WrittenAnswer {
  switch (plan.format) {
    case 'json':
      return writeJson(plan, totals, facts);
    case 'safetensors':
      return writeSafetensors(plan, totals, facts);
    case 'inference':
      return writeInference(plan, totals, facts);
  }
}
