import type { Allocator } from '../../core/allocator.ts';
import { describeValue, type ValidationIssues } from '../../core/validation-issues.ts';
import { coordinates, FINITE_FLOAT32, formatShape, product, sameShape } from '../../loss/tensor.ts';
import { DTYPE_BYTES } from '../dtype.ts';
import { ScannedTensor } from '../json/scan-tensors.ts';
import type { RawTensor } from '../raw-tensor.ts';
import { DATATYPES, type Datatype, isBinaryOnly } from './inference-datatype.ts';

/**
 * Converts a tensor's JSON `data`, flat or nested as its shape says, to the bytes that it would have as binary data.
 *
 * @param allocator where the bytes go
 * @returns undefined if it is not valid; `issues` then says why
 */
export function readJsonData(
  name: string,
  { datatype, shape, data }: { datatype: Datatype; shape: readonly number[]; data: unknown },
  allocator: Allocator,
  issues: ValidationIssues,
): RawTensor | undefined {
  const addIssue = (message: string) => {
    issues.add(() => ({ pointer: `/${name}`, message }));
    return undefined;
  };
  if (isBinaryOnly(datatype)) return addIssue(`expected ${datatype} as binary data, which has no JSON; got data`);
  const values = flatten(name, data, shape, issues);
  if (values === undefined) return undefined;
  // Memory is allocated only once it is known that there are so many numbers.
  if (values.length !== product(shape)) {
    return addIssue(
      `expected ${product(shape)} numbers as data, as shape ${formatShape(shape)} says, got ${values.length}`,
    );
  }

  const { holds, expected, store } = JSON_TYPES[datatype];
  const before = issues.count;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (holds(value)) continue;
    issues.add(() => {
      const index = coordinates(i, shape);
      return {
        pointer: ['', name, ...index].join('/'),
        message: `expected ${expected}, got ${describeValue(value)}`,
        index,
      };
    });
  }
  if (issues.count > before) return undefined;
  const dtype = DATATYPES[datatype];
  const bytes = allocator.bytes(values.length * DTYPE_BYTES[dtype]);
  store(values as ArrayLike<number>, bytes);
  return { dtype, shape, bytes };
}

/** The numbers in row-major order. Nested arrays must be nested as the shape says. */
function flatten(
  name: string,
  data: unknown,
  shape: readonly number[],
  issues: ValidationIssues,
): readonly unknown[] | Float64Array | undefined {
  const addIssue = (got: string) => {
    const message = `expected an array as data, flat or of shape ${formatShape(shape)}, got ${got}`;
    issues.add(() => ({ pointer: `/${name}`, message }));
    return undefined;
  };
  if (data instanceof ScannedTensor) {
    const fits = data.shape.length === 1 || sameShape(data.shape, shape);
    return fits ? (data.values as Float64Array) : addIssue(`shape ${formatShape(data.shape)}`);
  }
  if (!Array.isArray(data)) return addIssue(describeValue(data));
  return Array.isArray(data[0]) ? flattenNested(name, data, shape, issues) : data;
}

function flattenNested(
  name: string,
  data: unknown[],
  shape: readonly number[],
  issues: ValidationIssues,
): unknown[] | undefined {
  const values: unknown[] = [];
  const index: number[] = [];
  const visit = (level: unknown): void => {
    const size = shape[index.length];
    if (!Array.isArray(level) || level.length !== size) {
      issues.add(() => ({
        pointer: ['', name, ...index].join('/'),
        message: `expected an array of ${size}, as shape ${formatShape(shape)} says, got ${describeValue(level)}`,
        index: [...index],
      }));
    } else if (index.length === shape.length - 1) {
      for (const value of level) values.push(value);
    } else {
      level.forEach((row, i) => {
        index.push(i);
        visit(row);
        index.pop();
      });
    }
  };
  const before = issues.count;
  visit(data);
  return issues.count > before ? undefined : values;
}

/** Which JSON values a datatype allows, and how they are stored. */
interface JsonType {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
  /**
   * @param values for which `holds`
   * @param target aligned, and of the length that they take
   */
  readonly store: (values: ArrayLike<number>, target: Uint8Array) => void;
}

const JSON_TYPES: Readonly<Record<Exclude<Datatype, 'FP16' | 'BF16'>, JsonType>> = {
  BOOL: {
    expected: 'true or false, or 1 or 0',
    holds: (value) => typeof value === 'boolean' || value === 0 || value === 1,
    store: storeIn(Uint8Array),
  },
  UINT8: integers(0, 2 ** 8 - 1, storeIn(Uint8Array)),
  UINT16: integers(0, 2 ** 16 - 1, storeIn(Uint16Array)),
  UINT32: integers(0, 2 ** 32 - 1, storeIn(Uint32Array)),
  UINT64: integers(0, Number.MAX_SAFE_INTEGER, integers64),
  INT8: integers(-(2 ** 7), 2 ** 7 - 1, storeIn(Int8Array)),
  INT16: integers(-(2 ** 15), 2 ** 15 - 1, storeIn(Int16Array)),
  INT32: integers(-(2 ** 31), 2 ** 31 - 1, storeIn(Int32Array)),
  INT64: integers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, integers64),
  FP32: {
    expected: FINITE_FLOAT32,
    holds: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)),
    store: storeIn(Float32Array),
  },
  FP64: { expected: 'a finite number', holds: Number.isFinite, store: storeIn(Float64Array) },
};

function integers(min: number, max: number, store: JsonType['store']): JsonType {
  return {
    expected: `an integer from ${min} to ${max}`,
    holds: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
    store,
  };
}

type TypedNumbers = { set(values: ArrayLike<number>): void };

/** Stores values in an array of this type; true and false become 1 and 0. */
function storeIn(
  Type: new (buffer: ArrayBufferLike, offset: number, length: number) => TypedNumbers,
): JsonType['store'] {
  return (values, { buffer, byteOffset }) => new Type(buffer, byteOffset, values.length).set(values);
}

/** Stores the two words of each integer. A typed array keeps the lower 32 bits of a number that is assigned. */
function integers64(values: ArrayLike<number>, { buffer, byteOffset }: Uint8Array): void {
  const words = new Uint32Array(buffer, byteOffset, 2 * values.length);
  for (let i = 0; i < values.length; i++) {
    words[2 * i] = values[i]!;
    words[2 * i + 1] = Math.floor(values[i]! / 2 ** 32);
  }
}
