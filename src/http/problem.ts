import { z } from 'zod';
import type { ErrorCode, ServiceError } from '../core/service-error.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** The status and title of each error code. No other file knows a status. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  malformed_request: { status: 400, title: 'The request is not valid HTTP/1.1' },
  malformed_body: { status: 400, title: 'The body could not be read' },
  unauthorized: { status: 401, title: 'An API key is required' },
  cross_site_request: { status: 403, title: "The request comes from another site's page" },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'No acceptable response format' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  invalid_request: { status: 422, title: 'Validation failed' },
  queue_full: { status: 429, title: 'The queue is full' },
  memory_exhausted: { status: 429, title: 'The memory budget is exhausted' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Internal server error' },
  not_ready: { status: 503, title: 'The engine is not ready yet' },
  shutting_down: { status: 503, title: 'The service is shutting down' },
  engine_unavailable: { status: 503, title: 'The engine is unavailable' },
  deadline_exceeded: { status: 504, title: 'The batch timed out' },
};

/** The longest problem document. */
const MAX_PROBLEM_BYTES = 65_536;

export const PROBLEM_TYPE = 'application/problem+json';

const codes = Object.keys(PROBLEMS) as [ErrorCode, ...ErrorCode[]];

/** RFC 9457 problem details. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('A URN that is the same for every problem with this code.'),
    title: z.string().describe('What the code means, in words.'),
    status: z.int().describe('The HTTP status of the response.'),
    detail: z.string().describe('What went wrong this time.'),
    code: z.enum(codes).describe('Which kind of problem it is. Codes are stable: programs should compare them.'),
    request_id: z.string().describe('As in the X-Request-Id header and in the log.'),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().describe('JSON pointer into the request.'),
          message: z.string().describe('The expected and the actual value, and what to do where that is known.'),
          index: z.array(z.int()).optional().describe('Coordinates inside the tensor that `pointer` names.'),
        }),
      )
      .optional()
      .describe('The first errors in the input, at most 20.'),
    more: z
      .int()
      .optional()
      .describe(
        'How many further errors there are beyond `errors`, of the first 10 000. What depends on a value that is wrong is not checked.',
      ),
  })
  .describe('Problem details (RFC 9457).');
export type Problem = z.output<typeof problemSchema>;

export function toProblem(error: ServiceError, requestId: string): Problem {
  const { code, issues, more } = error;
  return {
    type: `urn:focal-loss-service:problem:${code}`,
    ...PROBLEMS[code],
    detail: error.message,
    code,
    request_id: requestId,
    ...(issues.length > 0 && {
      errors: issues.map(({ pointer, message, index }) => ({
        pointer,
        message,
        ...(index && { index: [...index] }),
      })),
      more,
    }),
  };
}

/**
 * Writes a problem as JSON, of 64 KiB at most: it lists fewer errors if all of them are longer. The texts of an error were
 * cut (`ServiceError`), but as JSON a character may take 6 bytes.
 *
 * @param form the problem as its protocol has it
 */
export function writeProblem(problem: Problem, form: (problem: Problem) => Problem = (itself) => itself): string {
  const text = JSON.stringify(form(problem));
  const { errors = [], more = 0 } = problem;
  if (errors.length === 0 || Buffer.byteLength(text) <= MAX_PROBLEM_BYTES) return text;
  const fewer = errors.slice(0, Math.floor(errors.length / 2));
  return writeProblem({ ...problem, errors: fewer, more: more + errors.length - fewer.length }, form);
}
