import type { Dtype } from '../../../src/codecs/dtype.ts';
import { encoded } from '../tensor-file.ts';

export interface BatchOptions {
  readonly shape: readonly number[];
  readonly classAxis: number;
  readonly dtype?: 'F32' | 'F16';
  readonly weights?: boolean;
  readonly weight?: number;
  /** The options of the loss, each as JSON. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly logitsFirst?: boolean;
  /** Whether the predictions are probabilities instead, all of one sample the same. */
  readonly probabilities?: boolean;
}

export interface EncodedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** -1, -0.5, 0, 0.5, 1, 2 as float16. */
const HALVES = [0xbc00, 0xb800, 0, 0x3800, 0x3c00, 0x4000];

/** The tensors of a batch with class indices, or 0 and 1 of one class, each at a multiple of its element's size, the logits last. */
export function alignedTensors(options: BatchOptions): EncodedTensor[] {
  const { shape, classAxis, dtype = 'F32', weights, weight = 1.5 } = options;
  const elements = shape.reduce((product, size) => product * size);
  const perSample = shape.filter((_, axis) => axis !== classAxis);
  const samples = elements / shape[classAxis]!;
  const logits = () =>
    dtype === 'F32'
      ? Buffer.from(Float32Array.from({ length: elements }, (_, i) => Math.sin(i) * 6).buffer)
      : Buffer.from(Uint16Array.from({ length: elements }, (_, i) => HALVES[i % HALVES.length]!).buffer);
  const labels = encoded(
    'I32',
    Array.from({ length: samples }, (_, i) => (i * 7) % Math.max(2, shape[classAxis]!)),
  );
  const weightBytes = () => encoded('F32', new Array(samples).fill(weight));
  const before: EncodedTensor[] = [
    ...(weights ? [{ name: 'sample_weights', dtype: 'F32' as const, shape: perSample, bytes: weightBytes() }] : []),
    { name: 'labels', dtype: 'I32', shape: perSample, bytes: labels },
  ];
  const last = options.probabilities
    ? { name: 'probabilities', dtype, shape, bytes: evenProbabilities(options) }
    : { name: 'logits', dtype, shape, bytes: logits() };
  return options.logitsFirst ? [last, ...before] : [...before, last];
}

/** 0.5 as float16, and what adds up to 1 in float32. */
function evenProbabilities({ shape, classAxis, dtype = 'F32' }: BatchOptions): Buffer {
  const elements = shape.reduce((product, size) => product * size);
  const values =
    dtype === 'F16' ? new Uint16Array(elements).fill(0x3800) : new Float32Array(elements).fill(1 / shape[classAxis]!);
  return Buffer.from(values.buffer);
}
