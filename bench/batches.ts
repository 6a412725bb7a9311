import { unpooled } from '../src/core/allocator.ts';
import { optionsSchema } from '../src/loss/options.ts';
import { prepareBatch } from '../src/loss/prepare-batch.ts';
import { mulberry32 } from '../test/harness/mulberry32.ts';
import { unlessToy } from './harness/toy.ts';

export interface Size {
  readonly samples: number;
  readonly classes: number;
}

/** The large batch of the promises: 8 M elements. */
export const LARGE: Size = { samples: unlessToy(100_000, 500), classes: 80 };

/** 64 M elements. */
export const HUGE: Size = { samples: unlessToy(800_000, 1000), classes: 80 };

/** Beyond so many, the same numbers come again; a prime, so that no class meets the same ones each time. */
const POOL = 1_000_003;

export interface TypedNumbers {
  /** `[samples, classes]`, in shared memory, as the wire leaves them. */
  readonly logits: Float32Array;
  /** `[samples]` class indices. */
  readonly labels: Int32Array;
}

/** Logits as of a detector in training: around −2, with a spread of 3. The same numbers for the same size. */
export function makeNumbers(samples: number, classes: number): TypedNumbers {
  const random = mulberry32(samples * 31 + classes);
  const logits = unpooled.float32(samples * classes);
  const pool = Float32Array.from({ length: Math.min(logits.length, POOL) }, () => 3 * gaussian(random) - 2);
  for (let at = 0; at < logits.length; at += pool.length) {
    logits.set(pool.subarray(0, Math.min(pool.length, logits.length - at)), at);
  }
  const labels = unpooled.int32(samples);
  for (let i = 0; i < samples; i++) labels[i] = Math.floor(random() * classes);
  return { logits, labels };
}

/** The batch that a request for loss, gradients and breakdown becomes, with every other option at its default. */
export function makeBatch({ logits, labels }: TypedNumbers, samples: number, classes: number) {
  return prepareBatch(optionsSchema.parse({}), {
    source: 'logits',
    predictions: { format: 'F32', shape: [samples, classes], values: logits },
    labels: { shape: [samples], values: labels },
  });
}

/** Box and Muller's transform. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
