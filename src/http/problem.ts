import { z } from 'zod';
import type { Failure, FailureCode } from '../core/service-error.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** What each failure means over HTTP. No other file knows a status. */
export const PROBLEMS: Readonly<Record<FailureCode, ProblemKind>> = {
  malformed_request: { status: 400, title: 'This is not HTTP as this service reads it' },
  malformed_body: { status: 400, title: 'The body could not be read' },
  unauthorized: { status: 401, title: 'An API key is needed' },
  not_found: { status: 404, title: 'There is nothing at this path' },
  method_not_allowed: { status: 405, title: 'This path does not take that method' },
  not_acceptable: { status: 406, title: 'No format of the answer is acceptable to the client' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  body_too_large: { status: 413, title: 'The body is larger than this service accepts' },
  unsupported_media_type: { status: 415, title: 'The body is in a format that this service does not read' },
  invalid_request: { status: 422, title: 'The request is well formed but wrong' },
  queue_full: { status: 429, title: 'Too many batches are waiting' },
  headers_too_large: { status: 431, title: 'The headers are larger than this service accepts' },
  internal: { status: 500, title: 'The service made a mistake' },
  not_ready: { status: 503, title: 'The engine is not ready yet' },
  draining: { status: 503, title: 'The service is shutting down' },
  engine_lost: { status: 503, title: 'The engine failed while it had this batch' },
  deadline_exceeded: { status: 504, title: 'The batch took too long' },
};

export const PROBLEM_TYPE = 'application/problem+json';

const codes = Object.keys(PROBLEMS) as [FailureCode, ...FailureCode[]];

/** RFC 9457 problem details. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('A URN that is the same for every problem of this code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What went wrong this time.'),
    code: z.enum(codes),
    request_id: z.string().describe('As in the X-Request-Id header and in the logs.'),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().describe('JSON pointer into the request.'),
          message: z.string().describe('What was expected, and what came.'),
          index: z.array(z.int()).optional().describe('Coordinates inside the tensor.'),
        }),
      )
      .optional()
      .describe('For input errors: at most 20.'),
    more: z.int().optional().describe('How many further errors there are.'),
  })
  .describe('Problem details (RFC 9457).');
export type Problem = z.output<typeof problemSchema>;

export function toProblem(failure: Failure, requestId: string): Problem {
  const { code, complaints, more } = failure;
  return {
    type: `urn:focal-loss-service:problem:${code}`,
    ...PROBLEMS[code],
    detail: failure.message,
    code,
    request_id: requestId,
    ...(complaints.length > 0 && {
      errors: complaints.map(({ pointer, message, index }) => ({
        pointer,
        message,
        ...(index && { index: [...index] }),
      })),
      more,
    }),
  };
}
