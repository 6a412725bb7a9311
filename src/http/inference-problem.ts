import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { MODEL_METADATA, MODEL_NAME, MODEL_VERSION } from '../codecs/open-inference/inference-model.ts';
import { type Problem, problemSchema, writeProblem } from './problem.ts';

/** The protocol's error object, with the members of problem details beside it. */
export const inferenceProblemSchema = problemSchema
  .extend({ error: z.string().describe('What went wrong, with everything in `errors`, in one line.') })
  .describe('An error of the Open Inference Protocol, with the members of problem details (RFC 9457).');

/** Whether a URL belongs to the Open Inference Protocol, whose clients expect its form of errors. */
export function isInferencePath(url: string): boolean {
  return /^\/v2(?:[/?]|$)/.test(url);
}

/** What a 404 says about the paths that exist. */
export function unknownInferencePath(): string {
  const { versions } = MODEL_METADATA;
  return `the one model is ${MODEL_NAME}, in version ${versions.join(', ')}: /v2/models/${MODEL_NAME}/versions/${MODEL_VERSION}`;
}

/** The protocol's clients expect status 400 for invalid input. */
function statusOf({ code, status }: Problem): number {
  return code === 'invalid_request' ? 400 : status;
}

/** A problem in the protocol's form. */
export function toInferenceProblem(problem: Problem): z.output<typeof inferenceProblemSchema> {
  const { errors = [], detail, more = 0 } = problem;
  const lines = errors.map(({ pointer, message }) => (pointer ? `${pointer}: ${message}` : message));
  if (more > 0) lines.push(`and ${more} more`);
  return {
    error: errors.length > 1 ? lines.join('; ') : detail,
    ...problem,
    status: statusOf(problem),
  };
}

/** KServe's client reads only errors of exactly this type. The body is a Buffer because Fastify would add a charset to text. */
export function sendInferenceProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  const body = Buffer.from(writeProblem(problem, toInferenceProblem));
  return reply.code(statusOf(problem)).type('application/json').send(body);
}
