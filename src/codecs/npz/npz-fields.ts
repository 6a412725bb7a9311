import type { Allocator } from '../../core/allocator.ts';
import { invalidRequest } from '../../core/common-errors.ts';
import { describeValue, ValidationIssues } from '../../core/validation-issues.ts';
import { formatShape, product } from '../../loss/tensor.ts';
import type { RequestBody } from '../codec.ts';
import { GAMMA_SIDES, joinGammaSides } from '../gamma-field.ts';
import { isOptionName, parseOption } from '../parse-option.ts';
import { readRawNumbers } from '../raw-tensor.ts';
import { toPointer } from '../schema-issues.ts';
import { readText, textMemoryBytes } from './npy-text.ts';
import { type NpzArray, readNpzArrays } from './npz-arrays.ts';
import { readOptionsText } from './options-text.ts';
import { toRawTensor } from './to-row-major.ts';

/** The array that has options as the text of a JSON object. */
export const OPTIONS = 'options';
/** What numpy.savez calls arrays that it is given without names. */
const UNNAMED = /^arr_\d+$/;
/** Fields that are read as tensors, whatever their shape. All others are options. */
const TENSORS: ReadonlySet<string> = new Set([
  'logits',
  'probabilities',
  'labels',
  'sample_weights',
  'element_weights',
  'class_weights',
  'gamma',
  'alpha',
  ...GAMMA_SIDES,
]);
/** Options that are lists, even those of one item. All others have a single value. */
const LISTS: ReadonlySet<string> = new Set(['gammas', 'alphas', 'outputs', 'class_names']);
/** More items than any list of numbers has. */
const MAX_ITEMS = 1024;
/** Strings that take less are not charged: a request takes as much in any case. */
const MIN_CHARGED_BYTES = 65_536;

/**
 * Reads a request's fields from an npz file: arrays by the names of their fields, and those of the JSON object in `options`.
 *
 * @param body may lie in shared memory; its tensors are views of it, or of what has been inflated
 * @param allocator where tensors go that are converted; it is charged for strings
 * @throws {ServiceError} `malformed_body`, or `invalid_request` where one field is given twice, or γ for one side alone
 */
export function readNpzFields(body: RequestBody, allocator: Allocator): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = Object.create(null);
  const arrays = readNpzArrays(body, allocator);
  for (const [name, array] of arrays) {
    if (UNNAMED.test(name)) {
      const message =
        'expected the name of a field, got an array without one: name them, numpy.savez(file, logits=…, labels=…)';
      throw invalidRequest({ pointer: toPointer([name]), message });
    }
    if (name !== OPTIONS) fields[name] = readNpzField(name, array, allocator);
  }
  const options = arrays.get(OPTIONS);
  if (options) addOptions(options, fields, allocator);
  return joinGammaSides(fields);
}

function addOptions(array: NpzArray, fields: Record<string, unknown>, allocator: Allocator): void {
  for (const [name, value] of Object.entries(readOptionsText(array, allocator))) {
    if (name in fields) {
      const message = `expected ${describeValue(name)} once, got an array and a member of "${OPTIONS}" of that name`;
      throw invalidRequest({ pointer: toPointer([name]), message });
    }
    fields[name] = value;
  }
}

/** Whether an array is one of the tensors that are as large as the batch, or have an item per class. */
export function isTensorName(name: string): boolean {
  return TENSORS.has(name);
}

/**
 * The value of a field: a tensor, or that of an option.
 *
 * @throws {ServiceError} `malformed_body`, or `invalid_request` for an option that is no single value or list
 */
export function readNpzField(name: string, array: NpzArray, allocator: Allocator): unknown {
  return array.kind === 'text' ? textOf(name, array, allocator) : numbersOf(name, array, allocator);
}

/** A string as text of an option, which may be JSON, or a list of strings. */
function textOf(name: string, array: NpzArray & { readonly kind: 'text' }, allocator: Allocator): unknown {
  chargeText(array, allocator);
  const strings = readText(array);
  if (isSingle(array.shape) && !(LISTS.has(name) && array.shape.length > 0)) return parseOption(name, strings[0]!);
  if (array.shape.length <= 1) return strings;
  const message = `expected a string, or a list of strings, got shape ${formatShape(array.shape)}`;
  throw invalidRequest({ pointer: toPointer([name]), message });
}

function chargeText(array: NpzArray & { readonly kind: 'text' }, allocator: Allocator): void {
  const bytes = textMemoryBytes(array);
  if (bytes >= MIN_CHARGED_BYTES) allocator.charge(bytes);
}

function isSingle(shape: readonly number[]): boolean {
  return shape.length === 0 || (shape.length === 1 && shape[0] === 1);
}

/** A tensor, or for an option its number, truth value or list of numbers. */
function numbersOf(name: string, array: NpzArray & { readonly kind: 'numbers' }, allocator: Allocator): unknown {
  if (TENSORS.has(name) || !isOptionName(name)) return toRawTensor(array, allocator);
  const { shape, dtype } = array;
  const pointer = toPointer([name]);
  if (shape.length > 1 || product(shape) > MAX_ITEMS) {
    const message = `expected ${LISTS.has(name) ? 'a list' : 'a single value'}, got an array of shape ${formatShape(shape)}`;
    throw invalidRequest({ pointer, message });
  }
  const issues = new ValidationIssues();
  const tensor = readRawNumbers(toRawTensor(array, allocator), name, allocator, issues);
  issues.throwIfAny();
  const values = Array.from(tensor!.values, (value) => (dtype === 'BOOL' ? value !== 0 : value));
  return isSingle(shape) && !(LISTS.has(name) && shape.length > 0) ? values[0] : values;
}
