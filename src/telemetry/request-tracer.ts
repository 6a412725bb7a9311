import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
  ATTR_USER_AGENT_ORIGINAL,
} from '@opentelemetry/semantic-conventions';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { shorten } from '../core/shorten.ts';
import { type EvaluatedBatch, STAGES } from './request-outcome.ts';

/** The methods that OpenTelemetry's conventions name; any other is reported as `_OTHER`. */
const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/**
 * Records a span for each request, by OpenTelemetry's conventions for HTTP servers, with a child span for each stage of
 * an evaluated batch. The span continues the trace of the request's `traceparent` header. Its ids are in the log lines
 * and in the `traceresponse` header (https://www.w3.org/TR/trace-context-2/).
 */
export class RequestTracer {
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Starts the request's span; it ends with the response. */
  startSpan(request: FastifyRequest, reply: FastifyReply): void {
    const parent = this.#propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const { name, attributes } = describe(request);
    const options = { kind: SpanKind.SERVER, startTime: epochMs(performance.now()), attributes };
    const span = this.#tracer.startSpan(name, options, parent);
    const { traceId, spanId, traceFlags } = span.spanContext();
    reply.header('traceresponse', `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
    request.traceIds = { trace_id: traceId, span_id: spanId };
    request.log = request.log.child(request.traceIds);
    reply.log = request.log;
    if (span.isRecording()) reply.raw.once('close', () => this.#end(span, request, reply));
  }

  #end(span: Span, { evaluated, serviceError }: FastifyRequest, { raw }: FastifyReply): void {
    const endTime = epochMs(performance.now());
    if (evaluated) {
      span.setAttributes(describeBatch(evaluated));
      this.#addStages(evaluated, trace.setSpan(ROOT_CONTEXT, span));
    }
    if (raw.writableFinished) span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, raw.statusCode);
    else span.addEvent('client disconnected', endTime);
    if (serviceError) {
      span.setAttribute('focal_loss.problem', serviceError.code);
      // By the conventions, a client's mistake is not an error of the server's span.
      if (raw.statusCode >= 500) {
        span.setAttribute(ATTR_ERROR_TYPE, serviceError.code);
        span.setStatus({ code: SpanStatusCode.ERROR, message: serviceError.message });
        span.recordException(serviceError.cause instanceof Error ? serviceError.cause : serviceError, endTime);
      }
    }
    span.end(endTime);
  }

  #addStages({ startMs, durationsMs }: EvaluatedBatch, parent: Context): void {
    let at = startMs;
    for (const stage of STAGES) {
      const span = this.#tracer.startSpan(stage, { startTime: epochMs(at) }, parent);
      at += durationsMs[stage];
      span.end(epochMs(at));
    }
  }
}

/** All times come from one clock, so that a request's spans nest exactly. */
function epochMs(performanceMs: number): number {
  return performance.timeOrigin + performanceMs;
}

function describe(request: FastifyRequest): { readonly name: string; readonly attributes: Attributes } {
  const { headers, ip, raw } = request;
  const route = request.routeOptions.url;
  const known = METHODS.has(request.method);
  const name = [known ? request.method : 'HTTP', route].filter(Boolean).join(' ');
  const agent = headers['user-agent'];
  const attributes = {
    [ATTR_HTTP_REQUEST_METHOD]: known ? request.method : '_OTHER',
    ...(!known && { [ATTR_HTTP_REQUEST_METHOD_ORIGINAL]: request.method }),
    ...(route !== undefined && { [ATTR_HTTP_ROUTE]: route }),
    [ATTR_URL_PATH]: shorten(request.url.split('?', 1)[0] ?? ''), // Without the query, which may hold secrets.
    [ATTR_URL_SCHEME]: request.protocol,
    [ATTR_NETWORK_PROTOCOL_VERSION]: raw.httpVersion,
    ...(ip && { [ATTR_CLIENT_ADDRESS]: ip }), // Absent for a Unix socket.
    ...(agent !== undefined && { [ATTR_USER_AGENT_ORIGINAL]: shorten(agent) }),
  };
  return { name, attributes };
}

function describeBatch(batch: EvaluatedBatch): Attributes {
  return {
    'http.request.body.size': batch.requestBytes,
    'http.response.body.size': batch.responseBytes,
    'focal_loss.elements': batch.elements,
    'focal_loss.classes': batch.classes,
    'focal_loss.engine': batch.engine,
  };
}
