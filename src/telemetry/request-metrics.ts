import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ERROR_CODES } from '../core/service-error.ts';
import { type EvaluatedBatch, STAGES } from './observation.ts';

/** From a small batch's stage to the longest request there may be by default. */
const SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Counts requests and batches as their responses end. Labels take few values: a route's pattern, never a URL. */
export class RequestMetrics {
  readonly #inFlight: Gauge;
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #duration: Histogram<'method' | 'route'>;
  readonly #problems: Counter<'code'>;
  readonly #batches: Counter<'route' | 'request_type' | 'response_type'>;
  readonly #stages: Histogram<'stage'>;
  readonly #elements: Counter<'engine'>;
  readonly #requestBytes: Counter<'request_type'>;
  readonly #responseBytes: Counter<'response_type'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#inFlight = new Gauge({
      name: 'focal_loss_http_requests_in_flight',
      help: 'Requests whose response is not out yet.',
      registers,
    });
    this.#requests = new Counter({
      name: 'focal_loss_http_requests_total',
      help: 'Requests whose response is out, or whose caller hung up.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'focal_loss_http_request_duration_seconds',
      help: "From a request's header to the end of its response.",
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers,
    });
    this.#problems = new Counter({
      name: 'focal_loss_problems_total',
      help: 'Requests answered with a problem, by its code.',
      labelNames: ['code'],
      registers,
    });
    this.#batches = new Counter({
      name: 'focal_loss_batches_total',
      help: 'Batches evaluated, by the media types of body and answer.',
      labelNames: ['route', 'request_type', 'response_type'],
      registers,
    });
    this.#stages = new Histogram({
      name: 'focal_loss_batch_stage_duration_seconds',
      help: 'How long evaluated batches were in each stage.',
      labelNames: ['stage'],
      buckets: SECONDS,
      registers,
    });
    this.#elements = new Counter({
      name: 'focal_loss_elements_total',
      help: 'Elements evaluated, by the engine backend that did it.',
      labelNames: ['engine'],
      registers,
    });
    this.#requestBytes = new Counter({
      name: 'focal_loss_request_body_bytes_total',
      help: 'Bytes of the bodies of evaluated batches, inflated.',
      labelNames: ['request_type'],
      registers,
    });
    this.#responseBytes = new Counter({
      name: 'focal_loss_response_body_bytes_total',
      help: 'Bytes of the answers to evaluated batches.',
      labelNames: ['response_type'],
      registers,
    });
    // A rate needs a zero to rise from, and these values are all known.
    for (const code of ERROR_CODES) this.#problems.inc({ code }, 0);
    for (const stage of STAGES) this.#stages.zero({ stage });
  }

  /** Counts a request once its response is over, one way or the other. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    this.#inFlight.inc();
    reply.raw.once('close', () => {
      this.#inFlight.dec();
      const { method, evaluated, failure } = request;
      const route = request.routeOptions.url ?? 'none';
      const status = reply.raw.writableFinished ? String(reply.raw.statusCode) : 'aborted';
      this.#requests.inc({ method, route, status });
      this.#duration.observe({ method, route }, reply.elapsedTime / 1000);
      if (failure) this.#problems.inc({ code: failure.code });
      else if (evaluated) this.#count(evaluated, route, String(reply.getHeader('content-type')));
    });
  }

  #count(batch: EvaluatedBatch, route: string, responseType: string): void {
    const { requestType, requestBytes, responseBytes, elements, engine, durationsMs } = batch;
    this.#batches.inc({ route, request_type: requestType, response_type: responseType });
    this.#elements.inc({ engine }, elements);
    this.#requestBytes.inc({ request_type: requestType }, requestBytes);
    this.#responseBytes.inc({ response_type: responseType }, responseBytes);
    for (const stage of STAGES) this.#stages.observe({ stage }, durationsMs[stage] / 1000);
  }
}
