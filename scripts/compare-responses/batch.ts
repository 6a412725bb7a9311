import type { Tensor } from './tensor.ts';

/** A batch in no format yet. */
export interface Batch {
  readonly name: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly options: Readonly<Record<string, unknown>>;
}

export const ALL_OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'];

/** The batch with these options set; typed arrays become tensors of one axis, `undefined` leaves an option out. */
export function withOptions(batch: Batch, changes: Readonly<Record<string, unknown>>): Batch {
  const tensors: Record<string, Tensor> = { ...batch.tensors };
  const options: Record<string, unknown> = { ...batch.options };
  for (const [name, value] of Object.entries(changes)) {
    delete options[name];
    if (value instanceof Float64Array) {
      tensors[name] = { dtype: 'F64', shape: [value.length], values: Float64Array.from(value) };
    } else if (value !== undefined) {
      options[name] = value;
    }
  }
  const told = JSON.stringify(changes, (_, value) =>
    ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value,
  );
  return { name: `${batch.name} ${told.length > 160 ? `${told.slice(0, 157)}…` : told}`, tensors, options };
}

function predictionsOf({ tensors }: Batch): Tensor {
  return tensors.logits ?? tensors.probabilities!;
}

function classAxis({ options }: Batch, rank: number): number {
  const axis = (options.class_axis as number | undefined) ?? -1;
  return axis < 0 ? rank + axis : axis;
}

export function classesOf(batch: Batch): number {
  const { shape } = predictionsOf(batch);
  return shape.length === 1 ? 1 : shape[classAxis(batch, shape.length)]!;
}

/** Weights 0, ¼, ½, … 1¾ over and over, one per sample. */
export function sampleWeights(batch: Batch): Tensor {
  const { shape } = predictionsOf(batch);
  const samples = shape.length === 1 ? shape : shape.toSpliced(classAxis(batch, shape.length), 1);
  const values = new Float32Array(samples.reduce((total, size) => total * size, 1)).map((_, i) => (i % 8) / 4);
  return { dtype: 'F32', shape: samples, values };
}

/** The same batch with the probabilities that a sigmoid makes of its logits. */
export function asProbabilities(batch: Batch): Batch {
  const { logits, ...others } = batch.tensors;
  const { shape, values } = logits as Tensor & { values: Float32Array<ArrayBuffer> };
  const probabilities = values.map((x) => 1 / (1 + Math.exp(-x)));
  return {
    ...batch,
    name: `${batch.name} as probabilities`,
    tensors: { probabilities: { dtype: 'F32', shape, values: probabilities }, ...others },
  };
}
