import type { Complaints } from '../loss/complaints.ts';
import { coordinates, product } from '../loss/layout.ts';
import { FINITE_FLOAT32, formatShape } from '../loss/tensor.ts';
import type { RawTensor } from './dtype.ts';
import { DATATYPES, type Datatype, isBinaryOnly } from './inference-datatype.ts';
import { preview } from './preview.ts';

/**
 * Reads a tensor's JSON `data`, flat or nested as its shape says, into the bytes that it would have as binary data.
 *
 * @returns undefined where it can't be one; `complaints` then says why
 */
export function readJsonData(
  name: string,
  { datatype, shape, data }: { datatype: Datatype; shape: readonly number[]; data: unknown },
  complaints: Complaints,
): RawTensor | undefined {
  const complain = (message: string) => {
    complaints.add(() => ({ pointer: `/${name}`, message }));
    return undefined;
  };
  if (isBinaryOnly(datatype)) return complain(`expected ${datatype} as binary data, which has no JSON; got data`);
  if (!Array.isArray(data)) return complain(`expected an array as data, got ${preview(data)}`);
  const before = complaints.count;
  const values = Array.isArray(data[0]) ? unnested(name, data, shape, complaints) : data;
  if (complaints.count > before) return undefined;
  // Memory is asked for only once it is known that there are so many numbers.
  if (values.length !== product(shape)) {
    return complain(
      `expected ${product(shape)} numbers as data, as shape ${formatShape(shape)} says, got ${values.length}`,
    );
  }

  const { holds, expected, store } = JSON_TYPES[datatype];
  values.forEach((value, i) => {
    if (holds(value)) return;
    complaints.add(() => {
      const index = coordinates(i, shape);
      return { pointer: ['', name, ...index].join('/'), message: `expected ${expected}, got ${preview(value)}`, index };
    });
  });
  if (complaints.count > before) return undefined;
  const { buffer, byteOffset, byteLength } = store(values as number[]);
  return { dtype: DATATYPES[datatype], shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** The numbers of nested arrays in row-major order, if they are nested as the shape says. */
function unnested(name: string, data: unknown[], shape: readonly number[], complaints: Complaints): unknown[] {
  const values: unknown[] = [];
  const index: number[] = [];
  const visit = (level: unknown): void => {
    const size = shape[index.length];
    if (!Array.isArray(level) || level.length !== size) {
      complaints.add(() => ({
        pointer: ['', name, ...index].join('/'),
        message: `expected an array of ${size}, as shape ${formatShape(shape)} says, got ${preview(level)}`,
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
  visit(data);
  return values;
}

/** What the numbers of a datatype may be in JSON, and how they are stored. */
interface JsonType {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
  /** @param values for which `holds` */
  readonly store: (values: readonly number[]) => ArrayBufferView;
}

const JSON_TYPES: Readonly<Record<Exclude<Datatype, 'FP16' | 'BF16'>, JsonType>> = {
  BOOL: {
    expected: 'true or false, or 1 or 0',
    holds: (value) => typeof value === 'boolean' || value === 0 || value === 1,
    store: (values) => Uint8Array.from(values, Number),
  },
  UINT8: integers(0, 2 ** 8 - 1, (values) => Uint8Array.from(values)),
  UINT16: integers(0, 2 ** 16 - 1, (values) => Uint16Array.from(values)),
  UINT32: integers(0, 2 ** 32 - 1, (values) => Uint32Array.from(values)),
  UINT64: integers(0, Number.MAX_SAFE_INTEGER, wideIntegers),
  INT8: integers(-(2 ** 7), 2 ** 7 - 1, (values) => Int8Array.from(values)),
  INT16: integers(-(2 ** 15), 2 ** 15 - 1, (values) => Int16Array.from(values)),
  INT32: integers(-(2 ** 31), 2 ** 31 - 1, (values) => Int32Array.from(values)),
  INT64: integers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, wideIntegers),
  FP32: {
    expected: FINITE_FLOAT32,
    holds: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)),
    store: (values) => Float32Array.from(values),
  },
  FP64: { expected: 'a finite number', holds: Number.isFinite, store: (values) => Float64Array.from(values) },
};

function integers(min: number, max: number, store: JsonType['store']): JsonType {
  return {
    expected: `an integer from ${min} to ${max}`,
    holds: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
    store,
  };
}

/** Of 64 bits, by halves; a typed array keeps the lower 32 bits of what is put into it. */
function wideIntegers(values: readonly number[]): ArrayBufferView {
  const halves = new Uint32Array(2 * values.length);
  values.forEach((value, i) => {
    halves[2 * i] = value;
    halves[2 * i + 1] = Math.floor(value / 2 ** 32);
  });
  return halves;
}
