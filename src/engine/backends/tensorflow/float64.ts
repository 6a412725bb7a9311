import { dispose, keep, type Tensor, type TensorContainer, type TensorInfo, tensor, tidy } from '@tensorflow/tfjs-core';
import type { NativeBackend, OpAttribute } from './native-backend.ts';

declare const element: unique symbol;
/** A tensor of float64. To tfjs, which has no such type, it is one of float32. */
export type Wide = Tensor & { readonly [element]: 'float64' };
/** A tensor of truth values. */
export type Mask = Tensor & { readonly [element]: 'bool' };
/** Operands broadcast against each other; a number is a tensor without axes. */
export type Operand = Wide | number;

/** TF_DOUBLE of TensorFlow's C API. */
const DOUBLE = 2;

/**
 * Arithmetic in float64 on TensorFlow's device.
 *
 * Composed of whole-tensor ops, a formula is bound by memory: float64 costs twice the bytes and little else, also on
 * GPUs that have few units for it, and no digit has to be nursed through q^γ or the Hessian of softmax.
 */
export class Float64 {
  readonly #backend: NativeBackend;
  readonly #constants = new Map<number, Wide>();
  /** The number of the newest handle; they count up for as long as the backend lives. */
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

  neg = (x: Wide) => this.#arithmetic('Neg', x);
  abs = (x: Wide) => this.#arithmetic('Abs', x);
  square = (x: Wide) => this.#arithmetic('Square', x);
  exp = (x: Wide) => this.#arithmetic('Exp', x);
  log = (x: Wide) => this.#arithmetic('Log', x);
  log1p = (x: Wide) => this.#arithmetic('Log1p', x);
  floor = (x: Wide) => this.#arithmetic('Floor', x);
  softplus = (x: Wide) => this.#arithmetic('Softplus', x);
  sigmoid = (x: Wide) => this.#arithmetic('Sigmoid', x);

  less = (a: Operand, b: Operand) => this.#arithmetic('Less', a, b) as Tensor as Mask;
  atLeast = (a: Operand, b: Operand) => this.#arithmetic('GreaterEqual', a, b) as Tensor as Mask;
  equal = (a: Operand, b: Operand) => this.#arithmetic('Equal', a, b) as Tensor as Mask;
  differs = (a: Operand, b: Operand) => this.#arithmetic('NotEqual', a, b) as Tensor as Mask;
  both = (a: Mask, b: Mask) => this.#run('LogicalAnd', [], [a, b]) as Mask;
  not = (a: Mask) => this.#run('LogicalNot', [], [a]) as Mask;

  /** What is not taken may be anything: infinities and NaN do not come through. */
  select = (mask: Mask, a: Operand, b: Operand) =>
    this.#run('SelectV2', [this.#type('T', DOUBLE)], [mask, this.#wide(a), this.#wide(b)]) as Wide;

  // Reductions keep the axes that they are over, with a size of 1.
  sum = (x: Wide, axes: readonly number[]) => this.#reduction('Sum', x, axes);
  maxOver = (x: Wide, axes: readonly number[]) => this.#reduction('Max', x, axes);
  minOver = (x: Wide, axes: readonly number[]) => this.#reduction('Min', x, axes);

  /** From int32, float32 or truth values. */
  widen(x: TensorInfo): Wide {
    const { TF_FLOAT, TF_INT32, TF_BOOL } = this.#backend.binding;
    const types: Record<string, number> = { float32: TF_FLOAT, int32: TF_INT32, bool: TF_BOOL };
    return this.#cast(x, types[x.dtype]!, DOUBLE) as Wide;
  }

  toFloat32(x: Wide): Tensor {
    return this.#cast(x, DOUBLE, this.#backend.binding.TF_FLOAT);
  }

  /** The bits, as int32 with one more axis, of size 2. */
  bits(x: Wide): Tensor {
    return this.#bitcast(x, DOUBLE, this.#backend.binding.TF_INT32);
  }

  /** From the host. */
  upload(values: Float64Array, shape: readonly number[]): Wide {
    const bits = new Int32Array(values.slice().buffer);
    return this.#bitcast(tensor(bits, [...shape, 2], 'int32'), this.#backend.binding.TF_INT32, DOUBLE) as Wide;
  }

  reshape(x: Wide, shape: readonly number[]): Wide {
    const { TF_INT32 } = this.#backend.binding;
    const attributes = [this.#type('T', DOUBLE), this.#type('Tshape', TF_INT32)];
    return this.#run('Reshape', attributes, [x, tensor([...shape], [shape.length], 'int32')]) as Wide;
  }

  /** Lays tensors of one shape side by side, along a new last axis. */
  stack(parts: readonly Wide[]): Wide {
    const { TF_ATTR_INT } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      { name: 'N', type: TF_ATTR_INT, value: parts.length },
      { name: 'axis', type: TF_ATTR_INT, value: -1 },
    ];
    return this.#run('Pack', attributes, parts) as Wide;
  }

  /** Of vectors, one after the other. */
  concat(a: Wide, b: Wide): Wide {
    const { TF_ATTR_INT, TF_INT32 } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      this.#type('Tidx', TF_INT32),
      { name: 'N', type: TF_ATTR_INT, value: 2 },
    ];
    return this.#run('ConcatV2', attributes, [a, b, tensor(0, [], 'int32')]) as Wide;
  }

  /** aᵀ b, of matrices. */
  crossProduct(a: Wide, b: Wide): Wide {
    const { TF_ATTR_BOOL } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      { name: 'transpose_a', type: TF_ATTR_BOOL, value: true },
      { name: 'transpose_b', type: TF_ATTR_BOOL, value: false },
    ];
    return this.#run('MatMul', attributes, [a, b]) as Wide;
  }

  /** Frees what `work` made on its way as soon as it is done: all of it together would be a large multiple of a batch. */
  scope<Result>(work: () => Result): Result {
    return tidy(work as () => TensorContainer) as Result;
  }

  /** Frees the constants. */
  close(): void {
    dispose([...this.#constants.values()]);
  }

  #wide(operand: Operand): Wide {
    if (typeof operand !== 'number') return operand;
    let constant = this.#constants.get(operand);
    if (!constant) {
      constant = keep(this.upload(Float64Array.of(operand), []));
      this.#constants.set(operand, constant);
    }
    return constant;
  }

  #arithmetic(op: string, ...operands: Operand[]): Wide {
    return this.#run(
      op,
      [this.#type('T', DOUBLE)],
      operands.map((operand) => this.#wide(operand)),
    ) as Wide;
  }

  #reduction(op: string, x: Wide, axes: readonly number[]): Wide {
    const { TF_INT32, TF_ATTR_BOOL } = this.#backend.binding;
    const attributes = [
      this.#type('T', DOUBLE),
      this.#type('Tidx', TF_INT32),
      { name: 'keep_dims', type: TF_ATTR_BOOL, value: true },
    ];
    return this.#run(op, attributes, [x, tensor([...axes], [axes.length], 'int32')]) as Wide;
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
