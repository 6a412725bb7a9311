import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { copyBytes, copyNumbers } from '../../../core/copy-bytes.ts';
import type { Float16Format } from '../../../core/float-format.ts';
import { formatShape, product } from '../../../loss/tensor.ts';
import { type AllocateScratch, reusedScratch } from '../../scratch.ts';
import type { UploadFormat, UploadValues } from '../backend.ts';
import { type BackendHeap, type FocalModule, heapOf } from './focal-module.ts';

/** Numbers that are converted at a time: they stay in the processor's cache. A multiple of 8. */
const BLOCK = 4096;
/** JavaScript engines copy from and to shared memory word by word only if both sides have the same offset in a word. */
const WORD = 8;
/** A block of up to 8 bytes for each number, of which the first may be up to 7 bytes in, and vectors that end behind it. */
const STAGING_BYTES = 8 * BLOCK + 32;
/** What the conversions of 16-bit floats take at a time. */
const LANES = 4;

/** Copies batches into the memory of the wasm backend and results out of it, and converts them on the way. */
export class HeapTransfer {
  readonly #backend: BackendWasm;
  readonly #heap: BackendHeap;
  readonly #focal: FocalModule;
  readonly #staging: number;
  readonly #lastVector: number;
  /** Tensors whose memory `allocate` has given away. */
  readonly #allocated = new WeakMap<ArrayBufferView, TensorInfo>();

  constructor(backend: BackendWasm, focal: FocalModule) {
    this.#backend = backend;
    this.#heap = heapOf(backend);
    this.#focal = focal;
    this.#staging = this.#heap.allocate(STAGING_BYTES + 4 * LANES);
    this.#lastVector = this.#staging + STAGING_BYTES;
  }

  /**
   * Gives numbers the memory of a new tensor, which `upload` then takes: they must be uploaded, and once. Floats of 16 bits
   * lie in its upper half, from where `upload` widens them in place.
   */
  readonly allocate: AllocateScratch = (purpose, like, length) => {
    const isFloat32 = like instanceof Float32Array;
    if (!isFloat32 && !(like instanceof Uint16Array)) return reusedScratch(purpose, like, length);
    const capacity = isFloat32 ? length : wholeVectors(length);
    const info = this.#backend.makeOutput([capacity], 'float32');
    const address = this.#backend.getMemoryOffset(info.dataId);
    const { buffer } = this.#heap.memory;
    const numbers = isFloat32
      ? new Float32Array(buffer, address, length)
      : new Uint16Array(buffer, address + 2 * capacity, length);
    this.#allocated.set(numbers, info);
    return numbers as unknown as typeof like;
  };

  readonly discard = (values: ArrayBufferView): void => {
    const allocated = this.#allocated.get(values);
    if (allocated) this.#backend.disposeData(allocated.dataId);
  };

  upload(values: UploadValues, format: UploadFormat, shape: readonly number[]): Tensor {
    const allocated = this.#allocated.get(values);
    if (allocated) {
      if (format === 'F16' || format === 'BF16') this.#widenInPlace(allocated, values.length, format);
      return engine().makeTensorFromTensorInfo({ ...allocated, shape: [...shape] });
    }
    if (values.length !== product(shape)) {
      throw new Error(`expected ${product(shape)} numbers for shape ${formatShape(shape)}, got ${values.length}`);
    }
    const info = this.#backend.makeOutput([...shape], format === 'I32' ? 'int32' : 'float32');
    const address = this.#backend.getMemoryOffset(info.dataId);
    if (format === 'F32' || format === 'I32') copyNumbers(values, this.#bytes(address, values.byteLength));
    else this.#toFloat32(values, format, address);
    return engine().makeTensorFromTensorInfo(info);
  }

  read({ dataId, size }: Tensor, target: Float32Array): void {
    copyNumbers(this.#bytes(this.#backend.getMemoryOffset(dataId), 4 * size), target);
  }

  /** Valid until the tensor is disposed of or the memory grows. */
  viewOf({ dataId, size }: Tensor): Float32Array {
    return new Float32Array(this.#heap.memory.buffer, this.#backend.getMemoryOffset(dataId), size);
  }

  /** Rounds a result in place, which ends its float32 numbers. Valid as `viewOf` is. */
  viewFloat16({ dataId, size }: Tensor, format: Float16Format): Uint16Array {
    const convert = this.#narrowing(format);
    const address = this.#backend.getMemoryOffset(dataId);
    const whole = size - (size % LANES);
    // It reads ahead of what it writes.
    convert(address, address, whole);
    if (whole < size) {
      this.#copyWithin(this.#lastVector, address + 4 * whole, 4 * (size - whole));
      convert(this.#lastVector, this.#lastVector, LANES);
      this.#copyWithin(address + 2 * whole, this.#lastVector, 2 * (size - whole));
    }
    return new Uint16Array(this.#heap.memory.buffer, address, size);
  }

  readFloat16({ dataId }: Tensor, target: Uint16Array, format: Float16Format): void {
    const convert = this.#narrowing(format);
    const floats = this.#backend.getMemoryOffset(dataId);
    const results = bytesOf(target);
    const staging = this.#staging + (target.byteOffset % WORD);
    const staged = this.#bytes(staging, target.BYTES_PER_ELEMENT * BLOCK);
    for (let start = 0; start < target.length; start += BLOCK) {
      const count = Math.min(BLOCK, target.length - start);
      const from = floats + 4 * start;
      const whole = count - (count % LANES);
      convert(from, staging, whole);
      if (whole < count) {
        this.#copyWithin(this.#lastVector, from + 4 * whole, 4 * (count - whole));
        convert(this.#lastVector, staging + 2 * whole, LANES);
      }
      results.set(count === BLOCK ? staged : staged.subarray(0, 2 * count), 2 * start);
    }
  }

  #narrowing(format: Float16Format) {
    const { float32ToFloat16, float32ToBfloat16 } = this.#focal;
    return format === 'F16' ? float32ToFloat16 : float32ToBfloat16;
  }

  /** From the first number on: a float32 overwrites only what has been read. */
  #widenInPlace({ dataId }: TensorInfo, length: number, format: Float16Format): void {
    const { float16ToFloat32, bfloat16ToFloat32 } = this.#focal;
    const convert = format === 'F16' ? float16ToFloat32 : bfloat16ToFloat32;
    const address = this.#backend.getMemoryOffset(dataId);
    const capacity = wholeVectors(length);
    convert(address + 2 * capacity, address, capacity);
  }

  /** Behind the last number, the tensor's memory ends: a vector that would reach further is copied in part. */
  #toFloat32(values: UploadValues, format: Exclude<UploadFormat, 'F32' | 'I32'>, floats: number): void {
    const { labelsToFloat32, float64ToFloat32, float16ToFloat32, bfloat16ToFloat32 } = this.#focal;
    const convert = { F64: float64ToFloat32, F16: float16ToFloat32, BF16: bfloat16ToFloat32 };
    const { BYTES_PER_ELEMENT: size, length } = values;
    const source = bytesOf(values);
    const from = this.#staging + (values.byteOffset % WORD);
    const staged = this.#bytes(from, size * BLOCK);
    for (let start = 0; start < length; start += BLOCK) {
      const count = Math.min(BLOCK, length - start);
      const to = floats + 4 * start;
      staged.set(source.subarray(size * start, size * (start + count)));
      if (format === 'labels') {
        labelsToFloat32(from, to, count);
        continue;
      }
      const whole = count - (count % LANES);
      convert[format](from, to, whole);
      if (whole < count) {
        convert[format](from + size * whole, this.#lastVector, LANES);
        this.#copyWithin(to + 4 * whole, this.#lastVector, 4 * (count - whole));
      }
    }
  }

  #copyWithin(to: number, from: number, bytes: number): void {
    copyBytes(this.#bytes(from, bytes), this.#bytes(to, bytes));
  }

  /** A view, which ends when the memory grows. */
  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#heap.memory.buffer, address, length);
  }
}

/** Rounded up. */
function wholeVectors(length: number): number {
  return LANES * Math.ceil(length / LANES);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
