import { describeValue, type ValidationIssues } from '../../core/validation-issues.ts';
import type { Batch } from '../../loss/batch.ts';
import type { ArrayOutput } from '../../loss/evaluation.ts';
import type { Output } from '../../loss/options.ts';
import {
  ARRAY_NAMES,
  arrayTensors,
  difficultyTensors,
  perClassTensors,
  type ResponseTensor,
  wideFirst,
} from '../response-tensors.ts';
import { nearestName } from '../schema-issues.ts';
import { datatypeOf, isBinaryOnly } from './inference-datatype.ts';
import { MODEL_METADATA } from './inference-model.ts';
import type { InferenceRequest } from './inference-schema.ts';

/** A tensor of a response. */
export interface OutputTensor extends ResponseTensor {
  /** Whether it is sent as binary data; else as JSON. */
  readonly binary: boolean;
}

type RequestedOutputs = NonNullable<InferenceRequest['outputs']>;

const OUTPUT_NAMES = MODEL_METADATA.outputs.map(({ name }) => name);

/** The `outputs` option that computes what the outputs of these names need, and nothing else. */
export function outputsFor(requested: RequestedOutputs, issues: ValidationIssues): Output[] {
  const outputs = new Set<Output>();
  const seen = new Set<string>();
  requested.forEach(({ name, parameters }, i) => {
    const addIssue = (message: string) => issues.add(() => ({ pointer: `/outputs/${i}`, message }));
    if (!OUTPUT_NAMES.includes(name)) {
      addIssue(`unknown output ${describeValue(name)}${nearestName(name, OUTPUT_NAMES)}`);
    } else if (seen.has(name)) addIssue(`expected the output ${name} once`);
    else if (parameters && ('shared_memory_region' in parameters || 'classification' in parameters)) {
      addIssue('expected binary_data as its one parameter: this service has neither shared memory nor classification');
    }
    seen.add(name);
    const output = outputOf(name);
    if (output) outputs.add(output);
  });
  return [...outputs];
}

/** The option that computes an output; none does for the denominator, which is always there. */
function outputOf(name: string): Output | undefined {
  if (name === 'loss' || name === 'sum') return 'loss';
  if (name.startsWith('per_class.')) return 'per_class';
  if (name.startsWith('difficulty.')) return 'difficulty';
  return (Object.keys(ARRAY_NAMES) as ArrayOutput[]).find((output) => ARRAY_NAMES[output] === name);
}

/**
 * The tensors of a response: those requested by name, else all that the batch has. Wide elements come first.
 *
 * @param binaryOutput whether outputs are binary data unless they say otherwise
 */
export function outputTensors(
  batch: Batch,
  requested: RequestedOutputs,
  binaryOutput: boolean,
  issues: ValidationIssues,
): OutputTensor[] {
  const binaryOf = new Map(requested.map(({ name, parameters }) => [name, parameters?.binary_data ?? binaryOutput]));
  if (binaryOf.has('loss') && batch.reduction === 'none') {
    issues.add(() => ({ pointer: '/outputs', message: 'expected no loss: with reduction "none" there is none' }));
  }
  if (binaryOf.has('alpha') && batch.schemeAlpha === undefined) {
    issues.add(() => ({ pointer: '/outputs', message: 'expected no alpha: it is an output only if it is a scheme' }));
  }
  const available = [
    ...scalarTensors(batch),
    ...arrayTensors(batch),
    ...perClassTensors(batch),
    ...difficultyTensors(batch),
  ];
  const chosen = requested.length === 0 ? available : available.filter(({ name }) => binaryOf.has(name));
  const tensors = wideFirst(chosen).map((tensor) => ({
    ...tensor,
    binary: binaryOf.get(tensor.name) ?? binaryOutput,
  }));
  for (const { name, dtype, binary } of tensors) {
    const datatype = datatypeOf(dtype);
    if (binary || !isBinaryOnly(datatype)) continue;
    issues.add(() => ({
      pointer: '/gradients_dtype',
      message: `expected F32, or binary_data for the output ${name}: ${datatype} has no JSON`,
    }));
  }
  return tensors;
}

function scalarTensors({ outputs, reduction }: Batch): ResponseTensor[] {
  const scalar = (name: 'loss' | 'sum' | 'denominator'): ResponseTensor => ({
    name,
    dtype: 'F64',
    shape: [1],
    length: 1,
  });
  return [
    ...(outputs.includes('loss') && reduction !== 'none' ? [scalar('loss')] : []),
    ...(outputs.includes('loss') ? [scalar('sum')] : []),
    scalar('denominator'),
  ];
}
