import { flat, type Nested, readFixture } from './request-batches.ts';

/** A request of few samples, with what 60-digit arithmetic expects. */
export interface GoldenCase {
  readonly name: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly expect: Readonly<Record<string, Nested>>;
}

/** Totals of samples that all differ; their logits are made by `pseudorandom(classes)`, and sample s has the label s mod classes. */
export interface GoldenTotals {
  readonly name: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly samples: number;
  readonly classes: number;
  readonly expect: { readonly loss: string; readonly gradient_l1: string };
}

/** What the float32 kernels serve, written for them. */
export const float32Golden = () =>
  readFixture<{ readonly cases: readonly GoldenCase[]; readonly totals: readonly GoldenTotals[] }>(
    'golden-float32.json',
  );

export const golden = () => readFixture<{ readonly cases: readonly GoldenCase[] }>('golden.json').cases;

export const LAYOUTS = ['class last', 'class first'] as const;
export type ClassLayout = (typeof LAYOUTS)[number];

type Rows = readonly (readonly number[])[];

/** The request with its samples repeated so many times, all of them together: `[S, C]` becomes `[nS, C]` or `[1, C, nS]`. */
export function tiled(request: GoldenCase['request'], copies: number, layout: ClassLayout): GoldenCase['request'] {
  const repeat = <Item>(values: readonly Item[]) => Array.from({ length: copies }, () => values).flat() as Item[];
  const first = layout === 'class first';
  const perElement = (rows: Rows) => (first ? [transposed(repeat(rows))] : repeat(rows));
  const perSample = (values: readonly number[]) => (first ? [repeat(values)] : repeat(values));
  const labels = request.labels as Rows | readonly number[];
  return {
    ...request,
    class_axis: first ? 1 : -1,
    logits: perElement(request.logits as Rows),
    labels: Array.isArray(labels[0]) ? perElement(labels as Rows) : perSample(labels as readonly number[]),
    ...(request.sample_weights !== undefined && { sample_weights: perSample(request.sample_weights as number[]) }),
  };
}

function transposed(rows: Rows): number[][] {
  return rows[0]!.map((_, c) => rows.map((row) => row[c]!));
}

/** A case with class indices, with labels that have the class axis; none for other cases. */
export function oneHot({ name, request: { background_index: _, ...request }, expect }: GoldenCase): GoldenCase[] {
  const labels = request.labels as readonly number[];
  if (Array.isArray(labels[0])) return [];
  const [first] = request.logits as Rows;
  const rows = labels.map((label) => first!.map((_, c) => (label === IGNORED ? IGNORED : Number(label === c))));
  return [{ name: `${name}, one-hot`, request: { ...request, labels: rows }, expect }];
}

const IGNORED = -100;

/** Values of a tiled request's elements, sample by sample, whatever the layout. */
export function bySample(values: ArrayLike<number>, classes: number, layout: ClassLayout): Float64Array {
  const samples = values.length / classes;
  return Float64Array.from({ length: values.length }, (_, i) =>
    layout === 'class first' ? values[(i % classes) * samples + Math.floor(i / classes)]! : values[i]!,
  );
}

/** The number of copies that make a request long enough for the float32 kernels, and odd, so that blocks have a remainder. */
export function copiesOf(request: GoldenCase['request']): number {
  return Math.ceil(MIN_ELEMENTS / flat(request.logits as Nested).length) | 1;
}

/** Shorter batches are evaluated in float64: `MIN_ELEMENTS` of assembly/sigmoid/float32-limit.ts. */
const MIN_ELEMENTS = 4096;
