import type { Codec, DecodedRequest, ReceivedBody, ResponsePlan } from '../codecs/codec.ts';
import type { CodecPool } from '../codecs/codec-pool.ts';
import type { BufferLease } from '../core/buffer-lease.ts';
import type { RegionHold } from '../core/shared-memory/region-store.ts';
import type { Engine, QueuePlace, TimedEvaluation } from '../engine/engine.ts';
import { classMemoryBytes } from '../loss/limits.ts';
import type { Deadline } from './deadline.ts';

/** A batch whose results are in the plan of its response. */
export interface ComputedBatch<Request extends DecodedRequest> {
  readonly request: Request;
  readonly plan: ResponsePlan;
  readonly evaluation: TimedEvaluation;
  readonly decodeMs: number;
  /** Holds the memory of the plan. */
  readonly lease: BufferLease;
}

/** What reads and evaluates batches. */
export interface BatchWorkers {
  readonly engine: Engine;
  readonly codec: Pick<CodecPool, 'read'>;
}

export interface Codecs<Request extends DecodedRequest> {
  readonly requestCodec: Codec<Request>;
  readonly responseCodec: Codec<Request>;
}

/** What one request holds while it is processed. */
export interface RequestContext {
  readonly lease: BufferLease;
  readonly deadline: Deadline;
  readonly place: QueuePlace;
  readonly regions: RegionHold | undefined;
}

/** Does what a request that has been read says of its own time and regions. */
export function applyRequest(
  { timeoutMs, regionUse }: DecodedRequest,
  { deadline, regions }: Pick<RequestContext, 'deadline' | 'regions'>,
): void {
  regions?.keepOnly(regionUse?.names ?? []);
  if (timeoutMs !== undefined) deadline.bringForward(timeoutMs);
}

/** Reads and evaluates the batch in a body; a small one at once. */
export function computeBatch<Request extends DecodedRequest>(
  body: ReceivedBody,
  { requestCodec, responseCodec }: Codecs<Request>,
  { engine, codec }: BatchWorkers,
  context: RequestContext,
): ComputedBatch<Request> | Promise<ComputedBatch<Request>> {
  const start = performance.now();
  const { lease, deadline, place } = context;
  const { cancellation } = deadline;
  const evaluate = (request: Request) => {
    const { batch, hyperParameters } = request;
    lease.charge(classMemoryBytes(batch));
    deadline.check();
    applyRequest(request, context);
    const plan = responseCodec.planResponse(request, lease);
    const decodeMs = performance.now() - start;
    const { arrays, regionArrays } = plan;
    const options = { place, cancellation, lease, arrays, regionArrays, hyperParameters };
    const evaluation = engine.evaluateInline(batch, options);
    if (evaluation) return { request, plan, evaluation, decodeMs, lease };
    return deadline
      .during(engine.evaluate(batch, options))
      .then((evaluation) => ({ request, plan, evaluation, decodeMs, lease }));
  };
  const reading = codec.read(requestCodec, body, lease, cancellation);
  return reading instanceof Promise ? deadline.during(reading).then(evaluate) : evaluate(reading);
}
