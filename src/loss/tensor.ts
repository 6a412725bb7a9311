import { type Float16Format, type FloatFormat, LARGEST_FINITE, type StoredFloats } from '../core/float-format.ts';
import type { RegionNumbers } from '../core/shared-memory/region-numbers.ts';
import type { LabelValues } from './label-scan/label-blocks.ts';

/** Numbers in row-major order, all of them checked to be finite as float32. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** Labels in the type in which they were sent, not checked yet. */
export interface LabelTensor {
  readonly shape: readonly number[];
  readonly values: LabelValues;
  /** Present if `values` are the bits of 16-bit floats, in a Uint16Array. */
  readonly format?: Float16Format;
}

/** Predictions in the format in which they were sent, not checked yet. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly format: FloatFormat;
  readonly values: StoredFloats | RegionNumbers;
}

/** The largest number that a tensor may hold. */
export const MAX_FLOAT32 = LARGEST_FINITE.F32;

/** How messages describe the numbers that a tensor may hold. */
export const FINITE_FLOAT32 = `a number finite as float32 (at most ±${Math.fround(MAX_FLOAT32).toPrecision(8)})`;

/** More axes than any valid shape has, and few enough for a message. */
const MAX_SHOWN_AXES = 8;

/** A shape as messages write it: `[2, 3]`. One that is too long is cut. */
export function formatShape(shape: readonly number[]): string {
  if (shape.length <= MAX_SHOWN_AXES) return `[${shape.join(', ')}]`;
  return `[${shape.slice(0, MAX_SHOWN_AXES).join(', ')}, … ${shape.length} axes]`;
}

/** The location of a number in a tensor, as issues give it: a JSON pointer and the index. */
export function placeIn(
  name: string,
  { shape }: { readonly shape: readonly number[] },
  position: number,
): { pointer: string; index: number[] } {
  const index = coordinates(position, shape);
  return { pointer: `/${name}/${index.join('/')}`, index };
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * Predictions of any rank as `[outer, classes, inner]`: the axes before the class axis, the class axis, and the axes after
 * it. If the class axis is the last one, inner is 1; one image with channels first has outer = 1.
 *
 * A sample is an (outer, inner) pair, numbered outer · inner_size + inner; an element is a sample and a class.
 */
export interface Layout {
  readonly outer: number;
  readonly classes: number;
  readonly inner: number;
}

export function sampleCount(layout: Layout): number {
  return layout.outer * layout.inner;
}

export function elementCount(layout: Layout): number {
  return layout.outer * layout.classes * layout.inner;
}

/** The index of a sample's first element, that of class 0; the next class is `layout.inner` further. */
export function firstElement(layout: Layout, sample: number): number {
  if (layout.inner === 1) return sample * layout.classes;
  const outer = Math.floor(sample / layout.inner);
  return outer * layout.classes * layout.inner + (sample - outer * layout.inner);
}

/** The sample and the class of an element, by its position in row-major order. */
export function sampleOf({ classes, inner }: Layout, element: number): number {
  return Math.floor(element / (classes * inner)) * inner + (element % inner);
}

export function classOf({ classes, inner }: Layout, element: number): number {
  return Math.floor(element / inner) % classes;
}

/** @param classAxis in [0, rank); ignored at rank 1, which is one binary class */
export function layoutOf(shape: readonly number[], classAxis: number): Layout {
  if (shape.length === 1) return { outer: product(shape), classes: 1, inner: 1 };
  return {
    outer: product(shape.slice(0, classAxis)),
    classes: shape[classAxis] ?? 0,
    inner: product(shape.slice(classAxis + 1)),
  };
}

/** The predictions' shape without the class axis, which is the shape of class indices and of sample weights. */
export function sampleShape(shape: readonly number[], classAxis: number): number[] {
  return shape.length === 1 ? [...shape] : shape.toSpliced(classAxis, 1);
}

/**
 * Whether a tensor has one number per sample: its shape is the sample shape, or that and a trailing 1. MLServer's NumPy codec
 * makes `[N, 1]` of every array of N.
 */
export function isOnePerSample(shape: readonly number[], sampleShape: readonly number[]): boolean {
  return sameShape(shape, sampleShape) || sameShape(shape, [...sampleShape, 1]);
}

/** The index of a row-major position in a tensor, one coordinate per axis. */
export function coordinates(position: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = position;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
