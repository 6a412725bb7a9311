import type { Tensor } from '@tensorflow/tfjs-core';
import type { TileSize } from '../tiling.ts';

/** One way to run the kernels: a tfjs backend with the focal kernels registered on it. */
export interface Backend {
  readonly name: BackendName;
  /** How much of a batch goes through one kernel call. */
  readonly block: TileSize;
  /**
   * Makes its backend tfjs's current one in this thread and registers the kernels.
   *
   * @throws {Error} whose message is why it can't be had here
   */
  start(options?: StartOptions): Promise<BackendDevice>;
  /** Whether its backend has copied what it was given by the time that it has made a tensor of it. */
  readonly copiesUploads?: boolean;
  /** Whether all numbers of an uploaded float32 tensor are finite, where its backend finds out faster than a look at each here. */
  allFinite?(uploaded: Tensor): boolean;
  /** Copies a result to where it belongs. */
  read(result: Tensor, target: Float32Array): Promise<void>;
  /** What its backend has taken in this thread, where it can tell. */
  memoryBytes?(): number;
  /** Whether its device had no memory left for a call: others may be using it. */
  isOutOfMemory?(error: unknown): boolean;
  /** Whether this thread should give way to a new one, long before it has to. */
  needsRecycling?(): boolean;
}

export interface StartOptions {
  /** Whether `ENGINE` names this backend; else it is to start only where it is the faster one. */
  readonly explicit: boolean;
}

export interface BackendDevice {
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
}

export type BackendName = 'cuda' | 'webgpu' | 'wasm' | 'tensorflow';
