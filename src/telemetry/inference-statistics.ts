import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EvaluatedBatch } from './request-outcome.ts';

/** How often something happened, and how long it took altogether. */
export interface DurationStatistic {
  count: number;
  /** Whole nanoseconds. From 2^53 on, which is 104 days, additions are rounded; the sum never gets less. */
  ns: number;
}

/** The stages of Triton's statistics that a model without a response cache has, and those of this service. */
const STAGE_NAMES = {
  queue: 'queue',
  compute_input: 'decode',
  compute_infer: 'compute',
  compute_output: 'encode',
} as const;
type InferenceStage = keyof typeof STAGE_NAMES;
const INFERENCE_STAGES = Object.keys(STAGE_NAMES) as InferenceStage[];

/** What has been counted since the start of the process. */
export interface InferenceCounts {
  /** When the last inference that succeeded ended, in milliseconds since the epoch; 0: none has. */
  readonly lastInferenceMs: number;
  readonly success: Readonly<DurationStatistic>;
  readonly fail: Readonly<DurationStatistic>;
  /** Of those that succeeded: their times are parts of that of `success`. */
  readonly stages: { readonly [stage in InferenceStage]: Readonly<DurationStatistic> };
}

/** Counts the inferences of the model for Triton's statistics extension, one by one: that is a few additions each. */
export class InferenceStatistics {
  #lastInferenceMs = 0;
  readonly #success = nothing();
  readonly #fail = nothing();
  readonly #stages = {
    queue: nothing(),
    compute_input: nothing(),
    compute_infer: nothing(),
    compute_output: nothing(),
  };

  /** They are not copied: to be written before anything else is counted. */
  get counts(): InferenceCounts {
    return {
      lastInferenceMs: this.#lastInferenceMs,
      success: this.#success,
      fail: this.#fail,
      stages: this.#stages,
    };
  }

  /** Counts a request when its response is sent or its client has disconnected. */
  track(request: FastifyRequest, reply: FastifyReply): void {
    reply.raw.once('close', () => {
      const { evaluated, serviceError } = request;
      if (evaluated && !serviceError) this.#countSuccess(evaluated);
      else add(this.#fail, Math.ceil(reply.elapsedTime * 1e6));
    });
  }

  #countSuccess({ durationsMs, totalMs }: EvaluatedBatch): void {
    // Parts are rounded down, and the whole up, so that they do not add up to more than it.
    for (const stage of INFERENCE_STAGES) {
      add(this.#stages[stage], Math.max(0, Math.floor(durationsMs[STAGE_NAMES[stage]] * 1e6)));
    }
    add(this.#success, Math.ceil(totalMs * 1e6));
    this.#lastInferenceMs = Math.max(this.#lastInferenceMs, Date.now());
  }
}

function nothing(): DurationStatistic {
  return { count: 0, ns: 0 };
}

function add(statistic: DurationStatistic, ns: number): void {
  statistic.count += 1;
  statistic.ns += ns;
}
