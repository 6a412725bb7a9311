import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ERROR_CODES } from '../core/service-error.ts';
import { WARNING_CODES } from '../loss/warnings/warning.ts';
import { type EvaluatedBatch, STAGES } from './request-outcome.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The label `route` of its requests, if that is not the route's pattern: each value of a label adds lines to every scrape. */
    metricsRoute?: string;
  }
}

/** From one stage of a small batch up to the default REQUEST_TIMEOUT_MS. */
const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** What is counted of a request that has ended. */
interface EndedRequest {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  readonly seconds: number;
  readonly problem: string | undefined;
  readonly evaluated: EvaluatedBatch | undefined;
  readonly responseType: string;
}

/** To count as many at a time takes each of them 3 µs, and one alone 20. */
const MAX_UNCOUNTED = 64;

/**
 * Counts requests and batches whose responses have ended, some at a time, and before the metrics are read. Labels take few
 * values: a route's pattern, never a URL.
 */
export class RequestMetrics {
  #inFlight = 0;
  readonly #uncounted: EndedRequest[] = [];
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #duration: Histogram<'method' | 'route'>;
  readonly #problems: Counter<'code'>;
  readonly #warnings: Counter<'code'>;
  readonly #batches: Counter<'route' | 'request_type' | 'response_type'>;
  readonly #stages: Histogram<'stage'>;
  readonly #elements: Counter<'engine'>;
  readonly #requestBytes: Counter<'request_type'>;
  readonly #responseBytes: Counter<'response_type'>;
  readonly #regionBytes: Counter<'direction'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const counted = this;
    // The first of all metrics, so that the others have counted everything when they are read.
    new Gauge({
      name: 'focal_loss_http_requests_in_flight',
      help: 'Requests whose response is not complete yet.',
      registers,
      collect() {
        counted.#countAll();
        this.set(counted.#inFlight);
      },
    });
    this.#requests = new Counter({
      name: 'focal_loss_http_requests_total',
      help: 'Requests whose response was sent, or whose client disconnected (status "aborted").',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'focal_loss_http_request_duration_seconds',
      help: "Time from a request's header to the end of its response.",
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers,
    });
    this.#problems = new Counter({
      name: 'focal_loss_problems_total',
      help: 'Requests that ended with a problem, by its code.',
      labelNames: ['code'],
      registers,
    });
    this.#warnings = new Counter({
      name: 'focal_loss_warnings_total',
      help: 'Batches whose response has a warning, by its code.',
      labelNames: ['code'],
      registers,
    });
    this.#batches = new Counter({
      name: 'focal_loss_batches_total',
      help: 'Batches evaluated, by the media types of request and response.',
      labelNames: ['route', 'request_type', 'response_type'],
      registers,
    });
    this.#stages = new Histogram({
      name: 'focal_loss_batch_stage_duration_seconds',
      help: 'Time that evaluated batches spent in each stage.',
      labelNames: ['stage'],
      buckets: SECONDS,
      registers,
    });
    this.#elements = new Counter({
      name: 'focal_loss_elements_total',
      help: 'Elements evaluated, by the backend that evaluated them.',
      labelNames: ['engine'],
      registers,
    });
    this.#requestBytes = new Counter({
      name: 'focal_loss_request_body_bytes_total',
      help: 'Bytes of the request bodies of evaluated batches, as they were sent.',
      labelNames: ['request_type'],
      registers,
    });
    this.#responseBytes = new Counter({
      name: 'focal_loss_response_body_bytes_total',
      help: 'Bytes of the responses to evaluated batches, before compression.',
      labelNames: ['response_type'],
      registers,
    });
    this.#regionBytes = new Counter({
      name: 'focal_loss_region_bytes_total',
      help: 'Bytes of the tensors of evaluated batches that were read from regions of shared memory, or written to them.',
      labelNames: ['direction'],
      registers,
    });
    // Prometheus computes rates from a first sample of zero, and these label values are known in advance.
    for (const code of ERROR_CODES) this.#problems.inc({ code }, 0);
    for (const code of WARNING_CODES) this.#warnings.inc({ code }, 0);
    for (const stage of STAGES) this.#stages.zero({ stage });
    for (const direction of ['read', 'written']) this.#regionBytes.inc({ direction }, 0);
  }

  /** Counts a request when its response is sent or its client has disconnected. */
  track(request: FastifyRequest, reply: FastifyReply): void {
    this.#inFlight += 1;
    reply.raw.once('close', () => {
      this.#inFlight -= 1;
      this.#uncounted.push({
        method: request.method,
        route: request.routeOptions.config.metricsRoute ?? request.routeOptions.url ?? 'none',
        status: reply.raw.writableFinished ? String(reply.raw.statusCode) : 'aborted',
        seconds: reply.elapsedTime / 1000,
        problem: request.serviceError?.code,
        evaluated: request.evaluated,
        responseType: String(reply.getHeader('content-type')),
      });
      if (this.#uncounted.length >= MAX_UNCOUNTED) this.#countAll();
    });
  }

  #countAll(): void {
    for (const ended of this.#uncounted.splice(0)) this.#count(ended);
  }

  #count({ method, route, status, seconds, problem, evaluated, responseType }: EndedRequest): void {
    this.#requests.inc({ method, route, status });
    this.#duration.observe({ method, route }, seconds);
    if (problem !== undefined) this.#problems.inc({ code: problem });
    else if (evaluated) this.#countBatch(evaluated, route, responseType);
  }

  #countBatch(batch: EvaluatedBatch, route: string, responseType: string): void {
    const { requestType, requestBytes, responseBytes, regionBytes, elements, engine, warnings, durationsMs } = batch;
    this.#batches.inc({ route, request_type: requestType, response_type: responseType });
    this.#elements.inc({ engine }, elements);
    for (const code of warnings) this.#warnings.inc({ code });
    this.#requestBytes.inc({ request_type: requestType }, requestBytes);
    this.#responseBytes.inc({ response_type: responseType }, responseBytes);
    this.#regionBytes.inc({ direction: 'read' }, regionBytes.read);
    this.#regionBytes.inc({ direction: 'written' }, regionBytes.written);
    for (const stage of STAGES) this.#stages.observe({ stage }, durationsMs[stage] / 1000);
  }
}
