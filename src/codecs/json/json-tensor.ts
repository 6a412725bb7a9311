import type { Allocator } from '../../core/allocator.ts';
import { describeValue, type ValidationIssues } from '../../core/validation-issues.ts';
import { MAX_RANK } from '../../loss/limits.ts';
import { FINITE_FLOAT32, product, type Tensor } from '../../loss/tensor.ts';
import { numberTextCure } from '../number-text-cure.ts';
import { isPredictions } from '../prediction-names.ts';
import { ScannedTensor } from './scan-tensors.ts';

/** An empty array has no classes: `[]` may stand for a batch of any number of them, or of one binary class. */
const EMPTY_BATCH =
  ' (an empty batch has to say its classes: as a tensor file or by the Open Inference Protocol, of shape [0, C])';

type Precision = 'float32' | 'float64';

/**
 * Reads nested arrays of numbers as a tensor, unless that was done when the text was scanned. The shape is that of the first
 * row at each depth; the others must match.
 *
 * @param allocator where the numbers go
 * @param precision `float64` keeps integers and options as they were written
 * @param booleans whether true and false are numbers, too, 1 and 0
 * @returns undefined if the value is not valid; `issues` then says why
 */
export function readJsonTensor(
  value: unknown,
  name: string,
  { allocator, issues }: { readonly allocator: Allocator; readonly issues: ValidationIssues },
  { precision, maxRank = MAX_RANK, booleans = false }: { precision: Precision; maxRank?: number; booleans?: boolean },
): Tensor | undefined {
  if (value instanceof ScannedTensor) return value;
  const before = issues.count;
  const shape = measure(value, name, issues, maxRank);
  if (shape === undefined) return undefined;
  // Memory is allocated only after every length was checked: [[…a million…], 0, 0, …] must not allocate a square.
  checkLengths(value, shape, name, issues);
  if (issues.count > before) return undefined;

  const length = product(shape);
  const values = precision === 'float32' ? allocator.float32(length) : allocator.float64(length);
  fill(value as unknown[], shape, values, { name, booleans, issues });
  return issues.count > before ? undefined : { shape, values };
}

/** Reads a number or a list of numbers: an option that may differ from class to class. */
export function readJsonClassOption(
  value: unknown,
  name: string,
  context: { readonly allocator: Allocator; readonly issues: ValidationIssues },
): number | Tensor | undefined {
  if (Array.isArray(value)) return readJsonTensor(value, name, context, { precision: 'float64', maxRank: 1 });
  if (typeof value === 'number') return value; // Its range is that of the option, which broadcast.ts checks.
  context.issues.add(() => ({
    pointer: `/${name}`,
    message: `expected a number or one number per class, got ${describeValue(value)}${numberTextCure(value)}`,
  }));
  return undefined;
}

function measure(value: unknown, name: string, issues: ValidationIssues, maxRank: number): number[] | undefined {
  const shape: number[] = [];
  let level = value;
  while (Array.isArray(level)) {
    const pointer = `/${name}${'/0'.repeat(shape.length)}`;
    if (shape.length === maxRank) {
      const expected = maxRank === 1 ? 'one number per class' : `at most ${maxRank} axes`;
      issues.add(() => ({ pointer, message: `expected ${expected}, got arrays nested deeper` }));
      return undefined;
    }
    if (level.length === 0) {
      const cure = isPredictions(name) ? EMPTY_BATCH : '';
      issues.add(() => ({ pointer, message: `expected at least one element, got an empty array${cure}` }));
      return undefined;
    }
    shape.push(level.length);
    level = level[0];
  }
  if (shape.length > 0) return shape;
  issues.add(() => ({ pointer: `/${name}`, message: `expected an array of numbers, got ${describeValue(value)}` }));
  return undefined;
}

/** Checks that the tensor is not ragged, but not its numbers. */
function checkLengths(value: unknown, shape: readonly number[], name: string, issues: ValidationIssues): void {
  const index: number[] = [];
  const visit = (level: unknown): void => {
    const depth = index.length;
    if (!Array.isArray(level) || level.length !== shape[depth]) {
      const at = [...index];
      issues.add(() => ({
        pointer: `/${[name, ...at].join('/')}`,
        message: `expected ${describeRow(shape, depth)} as in ${`/${[name, ...at.fill(0)].join('/')}`}, got ${describeValue(level)}`,
        index: [...index],
      }));
      return;
    }
    if (depth === shape.length - 1) return;
    for (let i = 0; i < level.length; i++) {
      index.push(i);
      visit(level[i]);
      index.pop();
    }
  };
  visit(value);
}

function describeRow(shape: readonly number[], depth: number): string {
  const size = shape[depth];
  return depth === shape.length - 1 ? `an array of ${size}` : `an array of ${size} arrays`;
}

/** Copies the numbers in row-major order; the lengths have been checked. */
function fill(
  value: unknown[],
  shape: readonly number[],
  target: Float32Array | Float64Array,
  { name, booleans, issues }: { name: string; booleans: boolean; issues: ValidationIssues },
): void {
  let at = 0;
  const index: number[] = [];
  const visit = (level: unknown[]): void => {
    if (index.length < shape.length - 1) {
      for (let i = 0; i < level.length; i++) {
        index.push(i);
        visit(level[i] as unknown[]);
        index.pop();
      }
      return;
    }
    for (let i = 0; i < level.length; i++) {
      const number = level[i];
      if (isFloat32(number) || (booleans && typeof number === 'boolean')) {
        target[at++] = Number(number);
      } else {
        issues.add(() => ({
          pointer: `/${[name, ...index, i].join('/')}`,
          message: `expected ${expectedNumber(number, name)}, got ${describeValue(number)}${numberTextCure(number)}`,
          index: [...index, i],
        }));
      }
    }
  };
  visit(value);
}

function isFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

function expectedNumber(got: unknown, name: string): string {
  if (typeof got === 'number') return FINITE_FLOAT32;
  if (name === 'labels' && typeof got === 'string' && numberTextCure(got) === '')
    return 'a number (names belong in class_names)';
  if (got !== null) return 'a number';
  const cure = isPredictions(name) ? '; where it is ignored or has weight 0, any number will do' : '';
  return `a number (JSON has no NaN: some writers print it as null${cure})`;
}
