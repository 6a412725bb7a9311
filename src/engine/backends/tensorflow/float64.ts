import { dispose, keep, type Tensor, type TensorContainer, type TensorInfo, tensor, tidy } from '@tensorflow/tfjs-core';
import type { NativeBackend, OpAttribute } from './native-backend.ts';

declare const element: unique symbol;
/** A tensor of float64. tfjs has no such dtype and takes it for float32. */
export type Float64Tensor = Tensor & { readonly [element]: 'float64' };
/** A tensor of booleans. */
export type Mask = Tensor & { readonly [element]: 'bool' };
/** Operands are broadcast against each other; a number is a scalar tensor. */
export type Operand = Float64Tensor | number;

/** TF_DOUBLE of TensorFlow's C API. */
const DOUBLE = 2;

/**
 * Arithmetic in float64 on TensorFlow's device.
 *
 * Formulas composed of whole-tensor ops are bound by memory bandwidth. Float64 costs twice the bytes and little else, even
 * on GPUs with few float64 units, and q^γ and the Hessian of softmax keep their digits without special care.
 */
export class Float64 {
  readonly #backend: NativeBackend;
  readonly #constants = new Map<number, Float64Tensor>();
  /** The number of the newest tensor handle; numbers increase as long as the backend lives. */
  newestHandle = 0;

  constructor(backend: NativeBackend) {
    this.#backend = backend;
  }

  add = (a: Operand, b: Operand) => this.#arithmetic('AddV2', a, b);
  sub = (a: Operand, b: Operand) => this.#arithmetic('Sub', a, b);
  mul = (a: Operand, b: Operand) => this.#arithmetic('Mul', a, b);
  div = (a: Operand, b: Operand) => this.#arithmetic('RealDiv', a, b);
  max = (a: Operand, b: Operand) => this.#arithmetic('Maximum', a, b);
  min = (a: Operand, b: Operand) => this.#arithmetic('Minimum', a, b);

  neg = (x: Float64Tensor) => this.#arithmetic('Neg', x);
  abs = (x: Float64Tensor) => this.#arithmetic('Abs', x);
  square = (x: Float64Tensor) => this.#arithmetic('Square', x);
  exp = (x: Float64Tensor) => this.#arithmetic('Exp', x);
  expm1 = (x: Float64Tensor) => this.#arithmetic('Expm1', x);
  log = (x: Float64Tensor) => this.#arithmetic('Log', x);
  log1p = (x: Float64Tensor) => this.#arithmetic('Log1p', x);
  floor = (x: Float64Tensor) => this.#arithmetic('Floor', x);
  softplus = (x: Float64Tensor) => this.#arithmetic('Softplus', x);
  sigmoid = (x: Float64Tensor) => this.#arithmetic('Sigmoid', x);

  less = (a: Operand, b: Operand) => this.#arithmetic('Less', a, b) as Tensor as Mask;
  greaterEqual = (a: Operand, b: Operand) => this.#arithmetic('GreaterEqual', a, b) as Tensor as Mask;
  equal = (a: Operand, b: Operand) => this.#arithmetic('Equal', a, b) as Tensor as Mask;
  differs = (a: Operand, b: Operand) => this.#arithmetic('NotEqual', a, b) as Tensor as Mask;
  both = (a: Mask, b: Mask) => this.#run('LogicalAnd', [], [a, b]) as Mask;
  either = (a: Mask, b: Mask) => this.#run('LogicalOr', [], [a, b]) as Mask;
  not = (a: Mask) => this.#run('LogicalNot', [], [a]) as Mask;

  /** Which elements of a float32 tensor are whole numbers. */
  isWhole(x: TensorInfo): Mask {
    const type = [this.#type('T', this.#backend.binding.TF_FLOAT)];
    return this.#run('Equal', type, [x, this.#run('Floor', type, [x])]) as Mask;
  }

  /** Whether a mask is true everywhere: waits for the device. */
  all(mask: Mask): boolean {
    const { TF_INT32, TF_ATTR_BOOL } = this.#backend.binding;
    const attributes = [this.#type('Tidx', TF_INT32), { name: 'keep_dims', type: TF_ATTR_BOOL, value: false }];
    const axes = tensor([...mask.shape.keys()], [mask.rank], 'int32');
    return this.#run('All', attributes, [mask, axes]).dataSync()[0] !== 0;
  }

  /** Elements that are not selected may be infinite or NaN. */
  select = (mask: Mask, a: Operand, b: Operand) =>
    this.#run('SelectV2', [this.#type('T', DOUBLE)], [mask, this.#operand(a), this.#operand(b)]) as Float64Tensor;

  // Reductions keep the reduced axes, with size 1.
  sum = (x: Float64Tensor, axes: readonly number[]) => this.#reduction('Sum', x, axes);
  maxOver = (x: Float64Tensor, axes: readonly number[]) => this.#reduction('Max', x, axes);
  minOver = (x: Float64Tensor, axes: readonly number[]) => this.#reduction('Min', x, axes);

  /** Converts int32, float32 or bool. */
  toFloat64(x: TensorInfo): Float64Tensor {
    const { TF_FLOAT, TF_INT32, TF_BOOL } = this.#backend.binding;
    const types: Record<string, number> = { float32: TF_FLOAT, int32: TF_INT32, bool: TF_BOOL };
    return this.#cast(x, types[x.dtype]!, DOUBLE) as Float64Tensor;
  }

  toFloat32(x: Float64Tensor): Tensor {
    return this.#cast(x, DOUBLE, this.#backend.binding.TF_FLOAT);
  }

  /** The bits as int32, with one more axis of size 2. */
  bits(x: Float64Tensor): Tensor {
    return this.#bitcast(x, DOUBLE, this.#backend.binding.TF_INT32);
  }

  /** Uploads values from the host. */
  upload(values: Float64Array, shape: readonly number[]): Float64Tensor {
    const bits = new Int32Array(values.slice().buffer);
    return this.#bitcast(tensor(bits, [...shape, 2], 'int32'), this.#backend.binding.TF_INT32, DOUBLE) as Float64Tensor;
  }

  reshape(x: Float64Tensor, shape: readonly number[]): Float64Tensor {
    const { TF_INT32 } = this.#backend.binding;
    const attributes = [this.#type('T', DOUBLE), this.#type('Tshape', TF_INT32)];
    return this.#run('Reshape', attributes, [x, tensor([...shape], [shape.length], 'int32')]) as Float64Tensor;
  }

  /** Stacks tensors of the same shape along a new last axis. */
  stack(parts: readonly Float64Tensor[]): Float64Tensor {
    const { TF_ATTR_INT } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      { name: 'N', type: TF_ATTR_INT, value: parts.length },
      { name: 'axis', type: TF_ATTR_INT, value: -1 },
    ];
    return this.#run('Pack', attributes, parts) as Float64Tensor;
  }

  /** Concatenates vectors. */
  concat(a: Float64Tensor, b: Float64Tensor): Float64Tensor {
    const { TF_ATTR_INT, TF_INT32 } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      this.#type('Tidx', TF_INT32),
      { name: 'N', type: TF_ATTR_INT, value: 2 },
    ];
    return this.#run('ConcatV2', attributes, [a, b, tensor(0, [], 'int32')]) as Float64Tensor;
  }

  /** The matrix product aᵀ b. */
  crossProduct(a: Float64Tensor, b: Float64Tensor): Float64Tensor {
    const { TF_ATTR_BOOL } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      { name: 'transpose_a', type: TF_ATTR_BOOL, value: true },
      { name: 'transpose_b', type: TF_ATTR_BOOL, value: false },
    ];
    return this.#run('MatMul', attributes, [a, b]) as Float64Tensor;
  }

  /** Frees the intermediate tensors of `work` as soon as it returns: together they would be many times the batch. */
  scope<Result>(work: () => Result): Result {
    return tidy(work as () => TensorContainer) as Result;
  }

  /** Frees the cached constants. */
  close(): void {
    dispose([...this.#constants.values()]);
  }

  #operand(operand: Operand): Float64Tensor {
    if (typeof operand !== 'number') return operand;
    let constant = this.#constants.get(operand);
    if (!constant) {
      constant = keep(this.upload(Float64Array.of(operand), []));
      this.#constants.set(operand, constant);
    }
    return constant;
  }

  #arithmetic(op: string, ...operands: Operand[]): Float64Tensor {
    return this.#run(
      op,
      [this.#type('T', DOUBLE)],
      operands.map((operand) => this.#operand(operand)),
    ) as Float64Tensor;
  }

  #reduction(op: string, x: Float64Tensor, axes: readonly number[]): Float64Tensor {
    const { TF_INT32, TF_ATTR_BOOL } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      this.#type('Tidx', TF_INT32),
      { name: 'keep_dims', type: TF_ATTR_BOOL, value: true },
    ];
    return this.#run(op, attributes, [x, tensor([...axes], [axes.length], 'int32')]) as Float64Tensor;
  }

  #cast(x: TensorInfo, from: number, to: number): Tensor {
    return this.#run('Cast', [this.#type('SrcT', from), this.#type('DstT', to)], [x]);
  }

  #bitcast(x: TensorInfo, from: number, to: number): Tensor {
    return this.#run('Bitcast', [this.#type('T', from), this.#type('type', to)], [x]);
  }

  #type(name: string, value: number): OpAttribute {
    return { name, type: this.#backend.binding.TF_ATTR_TYPE, value };
  }

  #run(op: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor {
    const { binding } = this.#backend;
    const [output] = binding.executeOp(op, attributes, this.#backend.getInputTensorIds(inputs), 1);
    this.newestHandle = output!.id;
    const dtype = output!.dtype === DOUBLE ? binding.TF_FLOAT : output!.dtype;
    return this.#backend.createOutputTensor({ ...output!, dtype });
  }
}
