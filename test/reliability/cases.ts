import { gzipSync } from 'node:zlib';
import { makeNumbers } from '../../bench/batches.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import {
  FORMATS,
  type Format,
  INFER,
  type Options,
  type Request,
  requestIn,
  type TypedNumbers,
  toBytes,
  V1,
} from './request-formats.ts';

/** A request and its expected status. */
export interface Case {
  readonly name: string;
  readonly format: Format;
  readonly request: Request;
  readonly bytes: Buffer;
  readonly status: number;
  /** The batch in the request; absent if it must be rejected. */
  readonly batch?: Batch;
  /** How often it is sent, relative to the rarest case. */
  readonly weight: number;
}

/** @param repeats how often the samples are repeated; if more than once, the body is gzipped, and so much smaller */
export function validCase(
  format: Format,
  samples: number,
  classes: number,
  options: Options = {},
  { outputs = ['loss', 'gradients', 'per_class'], weight = 1, repeats = 1 } = {},
): Case {
  const numbers = repeated(makeNumbers(samples / repeats, classes), repeats);
  const all = { ...options, outputs };
  const whole = requestIn(format, numbers, all);
  const request = repeats > 1 ? gzipped(whole) : whole;
  const { gamma, alpha } = options as { gamma?: number; alpha?: number | null };
  const batch = prepareBatch(optionsSchema.parse(all), {
    source: 'logits',
    predictions: { format: 'F32', shape: [samples, classes], values: numbers.logits },
    labels: { shape: [samples], values: numbers.labels },
    gamma,
    alpha,
  });
  const name = `${format}, ${samples} × ${classes}, ${JSON.stringify(all)}`;
  return { name, format, request, bytes: toBytes(request), status: 200, batch, weight };
}

function repeated({ logits, labels }: TypedNumbers, times: number): TypedNumbers {
  const all = { logits: new Float32Array(times * logits.length), labels: new Int32Array(times * labels.length) };
  for (let i = 0; i < times; i++) {
    all.logits.set(logits, i * logits.length);
    all.labels.set(labels, i * labels.length);
  }
  return all;
}

function gzipped({ body, headers, ...rest }: Request): Request {
  return { ...rest, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzipSync(body) };
}

const EVERYTHING = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];

/** Requests of every format: many tiny ones, some larger, a few large, one in ten or so wrong. */
export function mixedCases(): Case[] {
  return [
    ...FORMATS.flatMap((format) => [
      validCase(format, 1, 1, {}, { weight: 12 }),
      validCase(format, 8, 4, {}, { weight: 12 }),
      validCase(format, 3, 3, { gamma: 0.5, alpha: null, label_smoothing: 0.1 }, { outputs: EVERYTHING, weight: 6 }),
      validCase(format, 64, 20, { activation: 'softmax' }, { weight: 6 }),
      validCase(format, 200, 10, { reduction: 'sum', gamma: 3 }, { outputs: EVERYTHING, weight: 3 }),
      validCase(format, 500, 80, { activation: 'softmax', alpha: 0.25 }, { weight: 2 }),
      validCase(format, format.includes('JSON') ? 2000 : 10_000, 80, { normalizer: 'positives' }),
    ]),
    ...wrongCases(),
  ];
}

function wrongCases(): Case[] {
  const json = (body: object | string, status: number, path = V1) =>
    wrongCase('JSON', { path, type: 'application/json', headers: {}, body: textOf(body) }, status);
  const inference = (body: object, status: number) => ({ ...json(body, status, INFER), format: FORMATS[2] });
  const file = requestIn('safetensors', makeNumbers(8, 4), {});
  const binary = requestIn('Open Inference binary', makeNumbers(8, 4), {});
  return [
    json({ logits: [[1, 2]], labels: [7] }, 422),
    json({ logits: [[1, 2]], labels: [1], gama: 2 }, 422),
    json('{"logits": [[1, 2], [3', 400),
    wrongCase('safetensors', { ...file, body: file.body.subarray(0, -3) }, 400),
    wrongCase('safetensors', { ...file, type: 'text/csv' }, 415),
    inference({ inputs: [{ name: 'logits', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] }, 400),
    wrongCase('Open Inference binary', { ...binary, body: binary.body.subarray(0, -8) }, 400),
  ].map((one) => ({ ...one, weight: 3 }));
}

function wrongCase(format: Format, request: Request, status: number): Case {
  const name = `${format}, wrong: ${status}`;
  return { name, format, request, bytes: toBytes(request), status, weight: 1 };
}

function textOf(body: object | string): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
