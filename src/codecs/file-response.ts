import type { Batch } from '../loss/batch.ts';
import { readClassNames } from '../loss/class-names.ts';
import type { Summary } from '../loss/summarize.ts';
import { type EchoedOptions, optionMembers } from './echoed-options.ts';
import { classNamesBytes, maxSummaryBytes } from './json/json-size.ts';
import { finishDurations, type ResponseMetadata } from './response-metadata.ts';
import { arrayTensors, perClassTensors, type ResponseTensor, wideFirst } from './response-tensors.ts';

// A response as a file of tensors: the arrays and the breakdown are tensors, and all the rest is one JSON object.

/** The tensors, wide elements first. */
export function fileTensors(batch: Batch): ResponseTensor[] {
  return wideFirst([...perClassTensors(batch), ...arrayTensors(batch)]);
}

/** The most bytes of UTF-8 that the rest has. */
export function maxRestBytes(batch: Batch, options: EchoedOptions): number {
  return maxSummaryBytes(batch, options) + classNamesBytes(batch);
}

/** The rest of a response as JSON, with the names of the classes if there are any. */
export function writeRest(
  batch: Batch,
  options: EchoedOptions,
  { per_class: _, alpha: __, ...rest }: Summary,
  { engine, durations }: ResponseMetadata,
  encodeStart: number,
): string {
  const class_names = batch.classNames && { class_names: readClassNames(batch.classNames) };
  const duration_ms = finishDurations(durations, encodeStart);
  const json = JSON.stringify({ ...rest, ...class_names, engine, duration_ms });
  return `${json.slice(0, -1)}${optionMembers(options)}}`;
}
