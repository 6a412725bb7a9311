import { backend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/** An attribute of an op. `type` is the type of `value`, as one of the binding's numbers. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** The handle of one of the library's tensors. */
interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/**
 * The part of tfjs-node's backend in use here. The package is optional, so its own types may be missing.
 *
 * tfjs knows no float64, so its public `executeSingleOutput` rejects such an output. One level below, every op of the
 * library runs on any type, and a handle may be passed to tfjs under the name of another type.
 */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  /** How many handles are in use. */
  getNumOfTFTensors(): number;
  getInputTensorIds(inputs: readonly TensorInfo[]): number[];
  createOutputTensor(handle: Handle): Tensor;
  readonly binding: {
    readonly TF_Version: string;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
    readonly TF_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_INT: number;
    executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): Handle[];
  };
}

/** tfjs types a backend loosely, so this function casts it. */
export function nativeBackend(): NativeBackend {
  return backend() as unknown as NativeBackend;
}
