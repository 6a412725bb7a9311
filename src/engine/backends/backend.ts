import type { Tensor } from '@tensorflow/tfjs-core';
import type { Float16Format, FloatFormat } from '../../core/float-format.ts';
import type { Batch } from '../../loss/batch.ts';
import type { HyperParameters } from '../../loss/hyper-parameters.ts';
import type { SweepLabels } from '../kernel.ts';
import type { AllocateScratch } from '../scratch.ts';
import type { TileSize } from '../tiling.ts';

/** A tfjs backend with the focal kernels registered on it. */
export interface Backend {
  readonly name: BackendName;
  /** How much of a batch one kernel call processes. */
  readonly tileSize: TileSize;
  /** The fewest parts of a batch that keep the device busy; by default 1. */
  readonly minParts?: number;
  /**
   * Makes the backend tfjs's current one in this thread, and registers the kernels.
   *
   * @throws {Error} why it is unavailable here
   */
  start(options?: Partial<StartOptions>): Promise<BackendDevice>;
  /** Whether a new tensor has its own copy of the values, so that the caller may overwrite them. */
  readonly copiesUploads?: boolean;
  /** Allocates numbers that `upload` then takes without a copy; present if the backend can. Each has to be uploaded, once. */
  readonly allocateUpload?: AllocateScratch;
  /** Frees what `allocateUpload` returned and nobody will upload. */
  readonly discardUpload?: (values: ArrayBufferView) => void;
  /** Whether all numbers of an uploaded float32 tensor are finite; present if the backend is faster than a loop here. */
  allFinite?(uploaded: Tensor): boolean;
  /** Uploads numbers with one copy, and converts them on the way; present if the backend can. */
  upload?(values: UploadValues, format: UploadFormat, shape: readonly number[]): Tensor;
  /** Copies a result into an array. */
  read(result: Tensor, target: Float32Array): Promise<void>;
  /** Views a float32 result until its tensor is disposed of; present if the backend can. */
  viewOf?(result: Tensor): Float32Array;
  /** Rounds a float32 result in place and views it; present if `viewOf` is. It is the last use of the result. */
  viewFloat16?(result: Tensor, format: Float16Format): Uint16Array;
  /** Copies a result, rounded; present if the backend can. */
  readFloat16?(result: Tensor, target: Uint16Array, format: Float16Format): void;
  /**
   * The labels for which a sweep kernel serves an evaluation of a batch, if one does; present if the backend has such kernels.
   *
   * @param hardLabels whether each label is known to be 0, 1 or ignored
   */
  sweepLabels?(batch: Batch, hyperParameters: HyperParameters, hardLabels: boolean): SweepLabels | undefined;
  /** The memory that the backend has taken in this thread, if it can tell. */
  memoryBytes?(): number;
  /** Whether a call failed because the device had no memory left; other processes may be using it. */
  isOutOfMemory?(error: unknown): boolean;
  /** Whether this thread should be replaced soon, well before it has to be. */
  needsRecycling?(): boolean;
}

/** What kernels get as float32: floats, or dense labels of 8 bits (`Batch.labels`); and what they get as int32. */
export type UploadFormat = FloatFormat | 'labels' | 'I32';
/** Numbers in an `UploadFormat`. */
export type UploadValues = Float64Array | Float32Array | Uint16Array | Uint8Array | Int32Array;

export interface StartOptions {
  /** Whether `ENGINE` names this backend; else it may refuse a device on which another backend is faster. */
  readonly explicit: boolean;
  /** Of the kernels of `wasm`; by default the fastest that runs here. */
  readonly build?: KernelBuild | undefined;
}

/** Builds of the same kernels, for different instructions. They differ in the last digits of results. */
export type KernelBuild = 'SIMD' | 'relaxed SIMD';

export interface BackendDevice {
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
}

export type BackendName = 'cuda' | 'webgpu' | 'wasm' | 'tensorflow';
