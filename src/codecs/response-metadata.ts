import { z } from 'zod';

const milliseconds = (description: string) => z.number().describe(description);

export const engineSchema = z
  .strictObject({
    name: z.string().describe('The engine backend that computed this response.'),
    device: z.string().describe('What it computed on.'),
  })
  .describe('What computed this response.');

export const durationSchema = z
  .strictObject({
    queue: milliseconds('Waiting for an engine thread; 0 for a small batch, which the HTTP thread evaluates.'),
    decode: milliseconds('Turning bytes into checked tensors.'),
    compute: milliseconds('Computing, in the thread that evaluates the batch.'),
    encode: milliseconds('Turning arrays into bytes.'),
  })
  .describe('How long each step took, in milliseconds.');

type Durations = z.output<typeof durationSchema>;

/** What a response says beside the results. */
export interface ResponseMetadata {
  readonly engine: z.output<typeof engineSchema>;
  /** `encode` is what the encoding has taken so far, if it has begun. */
  readonly durations: Omit<Durations, 'encode'> & { readonly encode?: number };
}

/** All durations in whole microseconds, once the response is encoded. */
export function finishDurations(
  { queue, decode, compute, encode = 0 }: ResponseMetadata['durations'],
  encodeStart: number,
): Durations {
  const toMicroseconds = (ms: number) => Math.round(ms * 1000) / 1000;
  return {
    queue: toMicroseconds(queue),
    decode: toMicroseconds(decode),
    compute: toMicroseconds(compute),
    encode: toMicroseconds(encode + performance.now() - encodeStart),
  };
}
