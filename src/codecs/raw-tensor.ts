import type { Allocator } from '../core/allocator.ts';
import { copyBytes } from '../core/copy-bytes.ts';
import { type FloatFormat, viewFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import type { RegionBytes } from '../core/shared-memory/region-bytes.ts';
import { inRegion } from '../core/shared-memory/region-numbers.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { type LabelTensor, placeIn, type StoredTensor, type Tensor } from '../loss/tensor.ts';
import { DTYPE_BYTES, type Dtype, isFloat } from './dtype.ts';

/** A tensor as it was sent: little endian, row major, not checked and perhaps not aligned. */
export interface RawTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A tensor in a region of shared memory, which is not copied. */
export interface RegionTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly region: RegionBytes;
}

export function isRawTensor(value: unknown): value is RawTensor {
  return typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array;
}

export function isRegionTensor(value: unknown): value is RegionTensor {
  return typeof value === 'object' && value !== null && 'region' in value;
}

/**
 * Views the bytes as predictions, which are not converted unless they are integers: these become float32, as in JSON. The engine checks
 * whether they are finite.
 */
export function readRawPredictions(
  raw: RawTensor | RegionTensor,
  name: string,
  allocator: Allocator,
  issues: ValidationIssues,
): StoredTensor | undefined {
  const { dtype, shape } = raw;
  if (dtype === 'BOOL') {
    issues.add(() => ({ pointer: `/${name}`, message: 'expected floats or integers, got BOOL' }));
    return undefined;
  }
  if (!isFloat(dtype)) {
    return { shape, format: 'F32', values: integersAsFloat32(dtype, aligned(raw as RawTensor, allocator), allocator) };
  }
  const values = isRegionTensor(raw) ? inRegion(raw.region, dtype) : viewFloats(dtype, aligned(raw, allocator));
  return { shape, format: dtype, values };
}

/** Views the bytes as labels of any type, which are neither converted nor checked. */
export function readRawLabels(raw: RawTensor, allocator: Allocator): LabelTensor {
  const { dtype, shape } = raw;
  const bytes = aligned(raw, allocator);
  switch (dtype) {
    case 'F16':
    case 'BF16':
      return { shape, format: dtype, values: viewFloats(dtype, bytes) as Uint16Array };
    case 'F32':
    case 'F64':
      return { shape, values: viewFloats(dtype, bytes) };
    case 'I64':
      return { shape, values: new BigInt64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8) };
    case 'U64':
      return { shape, values: new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8) };
    default:
      return { shape, values: viewIntegers(dtype, bytes) };
  }
}

/**
 * Reads weights or class options of any type as numbers: floats of 16 bits, and integers of up to 16, as float32, which holds them;
 * other integers as they are. Bytes that are aligned are viewed where that is possible.
 *
 * Integers from 2^53 on, which float64 cannot hold exactly, are rejected and not rounded.
 */
export function readRawNumbers(
  raw: RawTensor,
  name: string,
  allocator: Allocator,
  issues: ValidationIssues,
): Tensor | undefined {
  const { dtype, shape } = raw;
  const bytes = aligned(raw, allocator);
  if (dtype === 'F64' || dtype === 'F32') {
    return { shape, values: viewFloats(dtype, bytes) as Float64Array | Float32Array };
  }
  const length = bytes.length / DTYPE_BYTES[dtype];
  if (dtype === 'F16' || dtype === 'BF16') {
    return { shape, values: toFloat32(viewFloats(dtype, bytes), dtype, allocator.float32(length)) };
  }
  if (dtype === 'I64' || dtype === 'U64') {
    return readWideIntegers(dtype, { shape, values: allocator.float64(length) }, bytes, name, issues);
  }
  const integers = viewIntegers(dtype, bytes);
  if (integers instanceof Int32Array) return { shape, values: integers };
  const values = integers instanceof Uint32Array ? allocator.float64(length) : allocator.float32(length);
  values.set(integers);
  return { shape, values };
}

function integersAsFloat32(
  dtype: Exclude<Dtype, FloatFormat | 'BOOL'>,
  bytes: Uint8Array,
  allocator: Allocator,
): Float32Array {
  const values = allocator.float32(bytes.length / DTYPE_BYTES[dtype]);
  if (dtype === 'I64' || dtype === 'U64') readIntegers64(dtype, bytes, values);
  else values.set(viewIntegers(dtype, bytes));
  return values;
}

/** Joins the two words of each integer: a BigInt per number would take ten times as long. */
function readIntegers64(
  dtype: 'I64' | 'U64',
  { buffer, byteOffset, byteLength }: Uint8Array,
  values: Float32Array | Float64Array,
): void {
  const low = new Uint32Array(buffer, byteOffset, byteLength / 4);
  const high = dtype === 'I64' ? new Int32Array(buffer, byteOffset, byteLength / 4) : low;
  for (let i = 0; i < values.length; i++) values[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
}

function viewIntegers(
  dtype: Exclude<Dtype, FloatFormat | 'I64' | 'U64'>,
  { buffer, byteOffset, byteLength }: Uint8Array,
) {
  switch (dtype) {
    case 'I32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'U32':
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case 'I16':
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case 'U16':
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case 'I8':
      return new Int8Array(buffer, byteOffset, byteLength);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer, byteOffset, byteLength);
  }
}

function readWideIntegers(
  dtype: 'I64' | 'U64',
  tensor: Tensor & { readonly values: Float64Array },
  bytes: Uint8Array,
  name: string,
  issues: ValidationIssues,
): Tensor {
  const { values } = tensor;
  readIntegers64(dtype, bytes, values);
  for (let i = 0; i < values.length; i++) {
    if (Number.isSafeInteger(values[i])) continue;
    issues.add(() => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + 8 * i, 8);
      const exact = dtype === 'I64' ? view.getBigInt64(0, true) : view.getBigUint64(0, true);
      return { ...placeIn(name, tensor, i), message: `expected an integer below 2^53 in size, got ${exact}` };
    });
  }
  return tensor;
}

/** Whether the bytes can be viewed as numbers: those must lie at a multiple of their size. */
export function isAligned({ dtype, bytes }: RawTensor): boolean {
  return bytes.byteOffset % DTYPE_BYTES[dtype] === 0;
}

/** The bytes, or a copy of them if they cannot be viewed as numbers. */
function aligned(raw: RawTensor, allocator: Allocator): Uint8Array {
  const { bytes } = raw;
  if (isAligned(raw)) return bytes;
  const copy = allocator.bytes(bytes.length);
  copyBytes(bytes, copy);
  return copy;
}
