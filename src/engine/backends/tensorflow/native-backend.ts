import { backend, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

/** An op's attribute; `type` says what `value` is, by the binding's numbers. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** A tensor of the library's, by its handle. */
interface Handle {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/**
 * What is used of tfjs-node's backend. The package is optional, so its own types may be missing.
 *
 * tfjs knows no float64, so its public `executeSingleOutput` refuses to name such an output. One level below, any op of
 * the library runs on any type, and a handle may be given to tfjs under another type's name.
 */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  /** How many handles are alive. */
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

/** tfjs types a backend loosely; this cast is the only place that knows. */
export function nativeBackend(): NativeBackend {
  return backend() as unknown as NativeBackend;
}
