import type { RegionTable } from '../../core/shared-memory/region.ts';
import type { RegionBytes } from '../../core/shared-memory/region-bytes.ts';
import { describeValue, type ValidationIssues } from '../../core/validation-issues.ts';
import type { Batch } from '../../loss/batch.ts';
import type { ArrayOutput } from '../../loss/evaluation.ts';
import type { Output } from '../../loss/options.ts';
import { calibrationTensors } from '../calibration-tensors.ts';
import {
  ARRAY_NAMES,
  arrayTensors,
  difficultyTensors,
  PRIOR_TENSORS,
  perClassTensors,
  type ResponseTensor,
  tensorBytes,
  wideFirst,
} from '../response-tensors.ts';
import { nearestName } from '../schema-issues.ts';
import { datatypeOf, isBinaryOnly } from './inference-datatype.ts';
import { MODEL_METADATA } from './inference-model.ts';
import { findRegionBytes, namesRegion, type RegionParameters } from './inference-regions.ts';
import type { InferenceRequest } from './inference-schema.ts';

/** A tensor of a response. */
export interface OutputTensor extends ResponseTensor {
  /** Whether it is sent as binary data; else as JSON, if it does not lie in a region. */
  readonly binary: boolean;
  /** Where it goes in shared memory, instead of the response. */
  readonly region?: RegionBytes;
}

/** Whether the response has its numbers as JSON. */
export function isText({ binary, region }: OutputTensor): boolean {
  return !binary && region === undefined;
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
      const hint = nearestName(name, OUTPUT_NAMES) || '; GET /v2/models/focal-loss lists the outputs';
      addIssue(`unknown output ${describeValue(name)}${hint}`);
    } else if (seen.has(name)) addIssue(`expected the output ${name} once`);
    else if (parameters && 'classification' in parameters) {
      addIssue('expected no classification, which this service does not have');
    } else if (namesRegion(parameters) && parameters?.binary_data) {
      addIssue("Output can't set both 'shared_memory_region' and 'binary_data'");
    }
    seen.add(name);
    for (const output of outputsOf(name)) outputs.add(output);
  });
  return [...outputs];
}

/** The options that compute an output; none does for the denominator, which is always there. */
function outputsOf(name: string): readonly Output[] {
  if (name === 'loss' || name === 'sum') return ['loss'];
  if (PRIOR_TENSORS.some((tensor) => tensor.name === name)) return ['per_class', 'posterior'];
  if (name.startsWith('per_class.')) return ['per_class'];
  if (name.startsWith('difficulty.')) return ['difficulty'];
  if (name.startsWith('calibration.')) return ['calibration'];
  return (Object.keys(ARRAY_NAMES) as ArrayOutput[]).filter((output) => ARRAY_NAMES[output] === name);
}

/**
 * The tensors of a response: those requested by name, else all that the batch has. Wide elements come first.
 *
 * @param regions those of shared memory; undefined: there is none
 * @param binaryOutput whether outputs are binary data unless they say otherwise
 */
export function outputTensors(
  batch: Batch,
  requested: RequestedOutputs,
  regions: RegionTable | undefined,
  binaryOutput: boolean,
  issues: ValidationIssues,
): OutputTensor[] {
  const binaryOf = new Map(requested.map(({ name, parameters }) => [name, parameters?.binary_data ?? binaryOutput]));
  // perf_analyzer requests all that the metadata lists, and has chosen none: it gets those that the batch has.
  const isChoice = requested.length < OUTPUT_NAMES.length;
  if (isChoice && binaryOf.has('loss') && batch.reduction === 'none') {
    issues.add(() => ({ pointer: '/outputs', message: 'expected no loss: with reduction "none" there is none' }));
  }
  if (isChoice && binaryOf.has('alpha') && batch.schemeAlpha === undefined) {
    issues.add(() => ({ pointer: '/outputs', message: 'expected no alpha: it is an output only if it is a scheme' }));
  }
  const available = [
    ...scalarTensors(batch),
    ...arrayTensors(batch),
    ...perClassTensors(batch),
    ...difficultyTensors(batch),
    ...calibrationTensors(batch),
  ];
  const chosen = requested.length === 0 ? available : available.filter(({ name }) => binaryOf.has(name));
  const inRegions = new Map(
    requested.flatMap(({ name, parameters }, i) =>
      parameters && namesRegion(parameters) ? [[name, { parameters, i }]] : [],
    ),
  );
  const tensors = wideFirst(chosen).map((tensor): OutputTensor => {
    const inRegion = inRegions.get(tensor.name);
    if (!inRegion) {
      return { ...tensor, binary: binaryOf.get(tensor.name) ?? binaryOutput };
    }
    const { parameters, i } = inRegion;
    const region = placeInRegion(tensor, parameters, regions);
    if (typeof region !== 'string') return { ...tensor, binary: false, region };
    issues.add(() => ({ pointer: `/outputs/${i}`, message: region }));
    return { ...tensor, binary: true };
  });
  for (const { name, dtype, binary, region } of tensors) {
    const datatype = datatypeOf(dtype);
    if (binary || region || !isBinaryOnly(datatype)) continue;
    issues.add(() => ({
      pointer: '/gradients_dtype',
      message: `expected F32, or binary_data for the output ${name}: ${datatype} has no JSON`,
    }));
  }
  return tensors;
}

/** @returns what is wrong, if it has no place there */
function placeInRegion(
  tensor: ResponseTensor,
  parameters: RegionParameters,
  regions: RegionTable | undefined,
): RegionBytes | string {
  const found = findRegionBytes(tensor.name, parameters, regions);
  const size = tensorBytes(tensor);
  if (typeof found === 'string') return found;
  if (found.byteLength >= size) return { ...found, byteLength: size };
  // Triton's words.
  return (
    `shared memory size specified with the request for output '${tensor.name}' (${found.byteLength} bytes) ` +
    `should be at least ${size} bytes to hold the results`
  );
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
