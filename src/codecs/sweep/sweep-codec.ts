import type { SweepPlan } from '../../loss/sweep-plan.ts';
import { type SweepPointSummary, summarizeClasses, summarizeSweep } from '../../loss/sweep-summary.ts';
import { findWarnings } from '../../loss/warnings/find-warnings.ts';
import type { Codec, FieldCodec } from '../codec.ts';
import { optionMembers } from '../echoed-options.ts';
import { classNamesBytes, MAX_NUMBER_BYTES, maxSummaryBytes } from '../json/json-size.ts';
import { writeFloat64s } from '../json/write-rows.ts';
import { finishDurations } from '../response-metadata.ts';
import { warningCodes } from '../warning-codes.ts';
import { type DecodedSweep, readSweep } from './sweep-request.ts';

/** A class without its name, and a point without its lists: their numbers and the text between them. */
const MAX_CLASS_BYTES = 160;
const MAX_POINT_BYTES = 512;
/**
 * The share of a class, a float64 that is first computed, takes 0.16 µs to write. 2700 of them, with what surrounds them, take half a
 * millisecond, for which going to a codec thread would take longer.
 */
const SHARE_NUMBERS = 3;

/** Sweeps: the request comes in the format of the given codec, the response is always JSON. */
export function sweepCodec(format: FieldCodec): Codec<DecodedSweep> {
  return {
    name: `${format.name}-sweep`,
    isSweep: true,
    ...(format.bytesToCheck && { bytesToCheck: format.bytesToCheck }),
    ...(format.inflatedBytes && { inflatedBytes: format.inflatedBytes }),
    ...(format.inflate && { inflate: format.inflate }),
    ...(format.predictionsStart && { predictionsStart: format.predictionsStart }),
    ...(format.numberFields && { numberFields: format.numberFields }),

    read(body, allocator) {
      return readSweep(format.readFields(body, allocator), allocator);
    },

    planResponse({ batch, options, sweep }, allocator) {
      const { gammas, alphas, given } = sweep;
      const { classes } = batch.layout;
      const numbers = gammas.length * numbersPerGamma(sweep, classes);
      const bytes =
        maxSummaryBytes(batch, options) +
        classNamesBytes(batch) +
        MAX_CLASS_BYTES * classes +
        MAX_POINT_BYTES * gammas.length * alphas.length +
        given.length * gammas.length +
        MAX_NUMBER_BYTES * numbers;
      return { arrays: {}, buffer: allocator.bytes(bytes), numbersToEncode: SHARE_NUMBERS * numbers };
    },

    /** Writes point by point: all points as objects would take several times their text. */
    writeResponse({ request: { batch, options, sweep }, plan: { buffer }, totals: { sums }, metadata }) {
      const start = performance.now();
      const { engine, durations } = metadata;
      const text = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      const { counts, denominator } = batch;
      const warnings = findWarnings(batch, undefined);
      const head = {
        counts,
        denominator,
        ...(warnings.length > 0 && { warnings }),
        ...summarizeClasses(batch, sums),
      };
      let at = text.write(`${JSON.stringify(head).slice(0, -1)}${optionMembers(options)},"grid":`);
      let before = '[';
      for (const point of summarizeSweep(batch, sweep, sums)) {
        at = writePoint(text, at + text.write(before, at), point);
        before = ',';
      }
      const duration_ms = finishDurations(durations, start);
      at += text.write(`],${JSON.stringify({ engine, duration_ms }).slice(1)}`, at);
      return { bytes: text.subarray(0, at), ...warningCodes(head.warnings) };
    },
  };
}

/** @returns the offset behind it */
function writePoint(text: Buffer, offset: number, point: SweepPointSummary): number {
  const { gamma, alpha, alpha_weights, class_loss_shares, class_gradient_shares, ...rest } = point;
  let at = offset + text.write(JSON.stringify({ gamma, alpha }).slice(0, -1), offset);
  const writeList = (name: string, values: Float64Array) => {
    at += text.write(`,"${name}":`, at);
    at = writeFloat64s(text, at, values);
  };
  if (alpha_weights) writeList('alpha_weights', alpha_weights);
  at += text.write(`,${JSON.stringify(rest).slice(1, -1)}`, at);
  writeList('class_loss_shares', class_loss_shares);
  writeList('class_gradient_shares', class_gradient_shares);
  return at + text.write('}', at);
}

/** For each α: each class's share of the loss and of the gradient, and its weight where α is a scheme. */
function numbersPerGamma({ alphas }: SweepPlan, classes: number): number {
  return alphas.reduce((total, { fromScheme }) => total + (fromScheme ? 3 : 2) * classes, 0);
}
