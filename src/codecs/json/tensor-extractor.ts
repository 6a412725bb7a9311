import type { Allocator } from '../../core/allocator.ts';
import type { Tensor } from '../../loss/tensor.ts';
import { MAX_RANK } from '../tensor-shape.ts';
import { readNumberArray } from './read-number-array.ts';

/** A tensor that was read straight from text; no JSON value is one of these. */
export class ScannedTensor implements Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;

  constructor(shape: readonly number[], values: Float32Array | Float64Array) {
    this.shape = shape;
    this.values = values;
  }
}

/** Takes tensors out of JSON text from front to back, and puts `null` in their place. */
export class TensorExtractor {
  readonly #text: Uint8Array;
  readonly #allocator: Allocator;
  readonly #kept: Uint8Array[] = [];
  #end = 0;

  /** @param allocator where the tensors' values go */
  constructor(text: Uint8Array, allocator: Allocator) {
    this.#text = text;
    this.#allocator = allocator;
  }

  /** The offset behind the last tensor. */
  get end(): number {
    return this.#end;
  }

  /** @returns undefined where anything but nested arrays of numbers starts at `start` */
  extract(start: number, precision: 'float32' | 'float64'): ScannedTensor | undefined {
    const array = readNumberArray(this.#text, start, precision, MAX_RANK, this.#allocator);
    if (array === undefined) return undefined;
    this.#kept.push(this.#text.subarray(this.#end, start), NULL);
    this.#end = array.end;
    return new ScannedTensor(array.shape, array.values);
  }

  /** The text without the tensors. */
  envelope(): Uint8Array {
    return Buffer.concat([...this.#kept, this.#text.subarray(this.#end)]);
  }
}

const NULL = Buffer.from('null');
