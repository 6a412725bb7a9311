import type { Allocator } from '../../core/allocator.ts';
import { ServiceError } from '../../core/service-error.ts';
import type { RegionTable } from '../../core/shared-memory/region.ts';
import { readBytes } from '../../core/shared-memory/region-bytes.ts';
import { describeValue, type ValidationIssues } from '../../core/validation-issues.ts';
import { formatShape, product } from '../../loss/tensor.ts';
import { DTYPE_BYTES, isFloat } from '../dtype.ts';
import { FOREIGN_NAME_HINTS } from '../foreign-names.ts';
import { isPredictions } from '../prediction-names.ts';
import type { RawTensor, RegionTensor } from '../raw-tensor.ts';
import { nameHint, toPointer } from '../schema-issues.ts';
import { DATATYPES } from './inference-datatype.ts';
import { readJsonData } from './inference-json-data.ts';
import { MODEL_METADATA } from './inference-model.ts';
import { findRegionBytes, namesRegion } from './inference-regions.ts';
import type { InferenceRequest } from './inference-schema.ts';

export type Input = InferenceRequest['inputs'][number];

const INPUT_NAMES = MODEL_METADATA.inputs.map(({ name }) => name);

/**
 * Reads the inputs: each from its JSON data, from a region of shared memory, or from its part of the binary data, in which
 * they follow each other in order and without gaps.
 *
 * @param binary the bytes behind the JSON; the tensors are views of them, and may start at any byte
 * @param regions those of shared memory; undefined: there is none
 * @param allocator where the numbers of JSON data go, and what lies in regions and is no predictions
 * @returns those inputs that are valid, by name; `issues` says what is wrong with the others
 * @throws {ServiceError} `malformed_body` if the binary data is not as long as the inputs say
 */
export function readInputs(
  inputs: readonly Input[],
  binary: Uint8Array,
  regions: RegionTable | undefined,
  allocator: Allocator,
  issues: ValidationIssues,
): ReadonlyMap<string, RawTensor | RegionTensor> {
  checkBinarySize(inputs, binary);
  const tensors = new Map<string, RawTensor | RegionTensor>();
  const seen = new Set<string>();
  let at = 0;
  for (const input of inputs) {
    const bytes = binary.subarray(at, at + binarySize(input));
    at += bytes.length;
    const fault = faultOf(input, seen);
    seen.add(input.name);
    if (fault !== undefined) {
      issues.add(() => ({ pointer: toPointer([input.name]), message: fault }));
      continue;
    }
    const tensor = namesRegion(input.parameters)
      ? readRegion(input, regions, allocator, issues)
      : isBinary(input)
        ? readBinary(input, bytes, issues)
        : readJsonData(input.name, { ...input, data: input.data }, allocator, issues);
    if (tensor) tensors.set(input.name, tensor);
  }
  return tensors;
}

function checkBinarySize(inputs: readonly Input[], binary: Uint8Array): void {
  const announced = inputs.reduce((total, input) => total + binarySize(input), 0);
  if (announced === binary.length) return;
  throw new ServiceError(
    'malformed_body',
    `expected ${announced} bytes behind the JSON, the sum of the inputs' binary_data_size, got ${binary.length} ` +
      '(the header Inference-Header-Content-Length says how long the JSON is; without it all of the body is JSON)',
  );
}

/** What is wrong with an input, apart from its data. */
function faultOf(input: Input, seen: ReadonlySet<string>): string | undefined {
  const { name, parameters, data } = input;
  if (!INPUT_NAMES.includes(name))
    return `unknown input ${describeValue(name)}${nameHint(name, INPUT_NAMES, FOREIGN_NAME_HINTS)}`;
  if (seen.has(name)) return 'expected one input of this name, got another';
  if (namesRegion(parameters)) {
    if (!isBinary(input) && data === undefined) return undefined;
    return `expected no data beside the parameters of shared memory, got ${isBinary(input) ? 'binary_data_size' : 'data'}`;
  }
  if (isBinary(input) === (data !== undefined)) {
    const got = data === undefined ? 'neither' : 'both';
    return `expected either data or the parameter binary_data_size, got ${got}`;
  }
  return undefined;
}

function readBinary(
  { name, datatype, shape }: Input,
  bytes: Uint8Array,
  issues: ValidationIssues,
): RawTensor | undefined {
  const dtype = DATATYPES[datatype];
  const size = product(shape) * DTYPE_BYTES[dtype];
  if (size === bytes.length) return { dtype, shape, bytes };
  issues.add(() => ({
    pointer: `/${name}`,
    message: `expected a binary_data_size of ${size} for shape ${formatShape(shape)} of ${datatype}, got ${bytes.length}`,
  }));
  return undefined;
}

/**
 * Predictions stay where they are: the engine reads them there, and checks what it has read. All else, and predictions that are
 * integers, is checked or converted here, and so has to be a copy that nobody changes.
 */
function readRegion(
  { name, datatype, shape, parameters }: Input,
  regions: RegionTable | undefined,
  allocator: Allocator,
  issues: ValidationIssues,
): RawTensor | RegionTensor | undefined {
  const dtype = DATATYPES[datatype];
  const size = product(shape) * DTYPE_BYTES[dtype];
  const found = findRegionBytes(name, parameters!, regions);
  if (typeof found === 'string' || found.byteLength !== size) {
    const of = `for shape ${formatShape(shape)} of ${datatype}`;
    const message =
      typeof found === 'string'
        ? found
        : `expected a shared_memory_byte_size of ${size} ${of}, got ${found.byteLength}`;
    issues.add(() => ({ pointer: `/${name}`, message }));
    return undefined;
  }
  if (isPredictions(name) && isFloat(dtype)) return { dtype, shape, region: found };
  const bytes = allocator.bytes(size);
  readBytes(found, 0, bytes);
  return { dtype, shape, bytes };
}

export function isBinary({ parameters }: Input): boolean {
  return parameters?.binary_data_size !== undefined;
}

/** How much of the binary data is this input. */
export function binarySize({ parameters }: Input): number {
  return parameters?.binary_data_size ?? 0;
}
