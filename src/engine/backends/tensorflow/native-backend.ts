import { backend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/** An op's attribute; `type` is the type of `value`, by the binding's numbers. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** A tensor of the TensorFlow library, by its handle. */
interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/**
 * The part of tfjs-node's backend in use. The package is optional, so that its own types may be missing.
 *
 * tfjs has no float64, so that its public `executeSingleOutput` rejects such outputs. One level below, any op of the
 * library runs on any type, and a handle can be passed to tfjs as another dtype.
 */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  /** The number of handles that are alive. */
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

/** The current backend of tfjs, which types it loosely: this is the only cast. */
export function nativeBackend(): NativeBackend {
  return backend() as unknown as NativeBackend;
}
