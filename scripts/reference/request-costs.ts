import { MAX_INFLATION } from '../../src/codecs/content-encoding.ts';
import type { Config } from '../../src/config.ts';
import { MAX_BREAKDOWN_CLASSES, MAX_CLASSES, MAX_ELEMENT_EVALUATIONS, MAX_ELEMENTS } from '../../src/loss/limits.ts';
import { MAX_SWEEP_POINTS, MAX_SWEEP_SHARES } from '../../src/loss/sweep-plan.ts';

/** What a request can cost by one kind of thing that it has many of. */
export interface RequestCost {
  readonly kind: string;
  /** The most of them in a request; the limit that enforces it rejects one more. */
  readonly limit: number;
  /** Processor time of each, with the slowest kernel and all outputs, in nanoseconds of one core. */
  readonly cpuNs: number;
  /** Memory of each, which counts towards the budget, in bytes: that of its values, results and text. */
  readonly memoryBytes: number;
  /** The fewest bytes of a body for each. */
  readonly bodyBytes: number;
}

/** What the HTTP thread needs for a byte that it receives or sends, in nanoseconds. */
const HTTP_THREAD_NS_PER_BYTE = 2.5;
/** What it needs to hand slices to other threads, in milliseconds for each second of their processor time. */
const HTTP_THREAD_MS_PER_CPU_SECOND = 50;
/** What it needs for a request whose body is so short that it is read and written there, in milliseconds. */
const HTTP_THREAD_MS_PER_REQUEST = 5;

/** The fewest bytes of a number in a binary body. */
const FLOAT16_BYTES = 2;
/** The fewest bytes of a number in JSON, with its comma. */
const DIGIT_BYTES = 2;

/**
 * The most that requests can cost, by the limits in force. A request costs no more than the sum of all kinds, each for as
 * many as it has. Times are upper bounds by measurement on an AMD EPYC core, and hold within a factor of two on others of its
 * time; `test/http/cost-model.test.ts` sends the costliest requests.
 */
export function requestCosts({
  maxJsonBytes,
  maxBodyBytes,
}: Pick<Config, 'maxJsonBytes' | 'maxBodyBytes'>): RequestCost[] {
  return [
    {
      kind: 'elements of a binary batch',
      limit: Math.min(MAX_ELEMENTS, maxBodyBytes / FLOAT16_BYTES),
      cpuNs: 160,
      memoryBytes: 28,
      bodyBytes: FLOAT16_BYTES,
    },
    {
      kind: 'elements of a batch in JSON',
      limit: maxJsonBytes / DIGIT_BYTES,
      cpuNs: 500,
      memoryBytes: 100,
      bodyBytes: DIGIT_BYTES,
    },
    {
      kind: 'evaluations of an element in a sweep',
      limit: MAX_ELEMENT_EVALUATIONS,
      cpuNs: 50,
      memoryBytes: 1,
      bodyBytes: FLOAT16_BYTES / MAX_SWEEP_POINTS,
    },
    {
      kind: 'classes, times pairs of gamma and alpha, in a sweep',
      limit: MAX_SWEEP_SHARES,
      cpuNs: 2000,
      memoryBytes: 400,
      bodyBytes: FLOAT16_BYTES / MAX_SWEEP_POINTS,
    },
    { kind: 'classes', limit: MAX_CLASSES, cpuNs: 1500, memoryBytes: 800, bodyBytes: FLOAT16_BYTES },
    {
      kind: 'classes with a breakdown',
      limit: MAX_BREAKDOWN_CLASSES,
      cpuNs: 40_000,
      memoryBytes: 4000,
      bodyBytes: FLOAT16_BYTES,
    },
    {
      kind: 'bytes of JSON that is not read as numbers',
      limit: maxJsonBytes,
      cpuNs: 120,
      memoryBytes: 40,
      bodyBytes: 1,
    },
    {
      kind: 'bytes of a body, decompressed',
      limit: maxBodyBytes,
      cpuNs: 4,
      memoryBytes: 2,
      bodyBytes: 1 / MAX_INFLATION.gzip,
    },
  ];
}

/**
 * What a request costs the HTTP thread at most, in milliseconds.
 *
 * @param bytes of its body, as sent, and of its response
 * @param cpuSeconds of the other threads
 */
export function httpThreadMs(bytes: number, cpuSeconds: number): number {
  return (
    HTTP_THREAD_MS_PER_REQUEST + (HTTP_THREAD_NS_PER_BYTE * bytes) / 1e6 + HTTP_THREAD_MS_PER_CPU_SECOND * cpuSeconds
  );
}
