import type { FastifyInstance } from 'fastify';
import type { ServiceError } from '../core/service-error.ts';

/** What a batch goes through, in this order. */
export const STAGES = ['decode', 'queue', 'compute', 'encode'] as const;
export type Stage = (typeof STAGES)[number];

/** A batch that was evaluated, for whoever watches the service. */
export interface EvaluatedBatch {
  /** Media type of the body. */
  readonly requestType: string;
  /** Bytes of the body, inflated, and of the answer. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Evaluated: those of a batch, as often as a sweep had to. */
  readonly elements: number;
  readonly classes: number;
  /** The backend that computed it. */
  readonly engine: string;
  /** When its first stage began, by `performance.now()`. */
  readonly startMs: number;
  readonly durationsMs: { readonly [stage in Stage]: number };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The batch that was posted, once its answer is written. */
    evaluated: EvaluatedBatch | undefined;
    /** Why it was answered with a problem. */
    failure: ServiceError | undefined;
  }
}

/** Requests carry what is to be known of them, so that those who answer them and those who watch need not know each other. */
export function registerObservation(app: FastifyInstance): void {
  app.decorateRequest('evaluated', undefined);
  app.decorateRequest('failure', undefined);
}
