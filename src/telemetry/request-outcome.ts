import type { FastifyInstance } from 'fastify';
import type { ServiceError } from '../core/service-error.ts';
import type { WarningCode } from '../loss/warnings/warning.ts';

/** The stages of a batch, in this order. */
export const STAGES = ['decode', 'queue', 'compute', 'encode'] as const;
export type Stage = (typeof STAGES)[number];

/** What metrics and traces report of a batch that was evaluated. */
export interface EvaluatedBatch {
  /** Media type of the body. */
  readonly requestType: string;
  /** Bytes of the body, as it was sent. */
  readonly requestBytes: number;
  /** Bytes of the response, before compression. */
  readonly responseBytes: number;
  /** Bytes of its tensors in regions of shared memory. */
  readonly regionBytes: { readonly read: number; readonly written: number };
  /** Elements evaluated: a sweep counts those of the batch once per evaluation. */
  readonly elements: number;
  readonly classes: number;
  /** The codes of the warnings that its response has. */
  readonly warnings: readonly WarningCode[];
  /** The backend that computed it. */
  readonly engine: string;
  /** When its first stage began, by `performance.now()`. */
  readonly startMs: number;
  readonly durationsMs: { readonly [stage in Stage]: number };
  /** From the last byte of the request to the response, which the stages are parts of. */
  readonly totalMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The batch in the request, once its response is written. */
    evaluated: EvaluatedBatch | undefined;
    /** The error that the response reports. */
    serviceError: ServiceError | undefined;
    /** Its span, as lines of the log name it, if traces are exported. */
    traceIds: { readonly trace_id: string; readonly span_id: string } | undefined;
  }
}

/** Each request carries its own outcome, so that routes, metrics and traces need not know each other. */
export function registerRequestOutcome(app: FastifyInstance): void {
  app.decorateRequest('evaluated', undefined);
  app.decorateRequest('serviceError', undefined);
  app.decorateRequest('traceIds', undefined);
}
