import { readFileSync } from 'node:fs';
import type { Batch } from '../../../src/loss/batch.ts';
import { type Output, optionsSchema } from '../../../src/loss/options.ts';
import { type BatchTensors, prepareBatch } from '../../../src/loss/prepare-batch.ts';
import type { Tensor } from '../../../src/loss/tensor.ts';
import { readSample, readSampleRequest } from '../../harness/read-sample.ts';
import { OUTPUTS_WITHOUT_DIFFICULTY } from './batches.ts';

/** Numbers as JSON nests them, or as decimal strings with more digits than a float64 has. */
export type Nested = number | string | readonly Nested[];

type Request = Readonly<Record<string, unknown>>;
const TENSORS = [
  'logits',
  'probabilities',
  'labels',
  'sample_weights',
  'element_weights',
  'class_weights',
  'gamma',
  'alpha',
];

/** The batch of a request to the service, with other outputs. */
export function batchOfRequest(request: Request, outputs: readonly Output[] = OUTPUTS_WITHOUT_DIFFICULTY): Batch {
  const options = Object.fromEntries(Object.entries(request).filter(([name]) => !TENSORS.includes(name)));
  const given = Object.fromEntries(
    TENSORS.filter((name) => name in request).map((name) => [name, givenOf(request[name] as Given)]),
  );
  const { logits, probabilities, ...tensors } = given;
  return prepareBatch(optionsSchema.parse({ ...options, outputs }), {
    ...tensors,
    source: logits ? 'logits' : 'probabilities',
    predictions: { ...((logits ?? probabilities) as Tensor), format: 'F64' },
  } as BatchTensors);
}

/** A tensor, a number for all classes, or null; or either for each side. */
type Given = Nested | null | { readonly [side: string]: Nested };

function givenOf(given: Given): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return tensorOf(given as Nested | null);
  return Object.fromEntries(Object.entries(given).map(([side, values]) => [side, tensorOf(values)]));
}

function tensorOf(values: Nested | null): Tensor | number | null {
  if (values === null || typeof values === 'number') return values;
  const shape: number[] = [];
  for (let part = values as Nested; Array.isArray(part); part = part[0]!) shape.push(part.length);
  return { shape, values: Float64Array.from(flat(values)) };
}

/** All numbers of nested arrays, in order. */
export function flat(nested: Nested): number[] {
  return typeof nested === 'object' ? nested.flatMap(flat) : [Number(nested)];
}

export function readFixture<Content = Request>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'));
}

/** Predictions of real models on real data; see src/explorer/samples/README.md. */
export function realBatches(): Readonly<Record<string, Batch>> {
  return {
    'digits-longtail': batchOfRequest(readSampleRequest('digits-longtail.json')),
    'breast-cancer': batchOfRequest(readSampleRequest('breast-cancer.json')),
    'coins-detection': batchOfRequest(readSampleRequest('coins-detection.json')),
    'coins-edges': readEdges(),
  };
}

/** The batch that is stored as safetensors: 8 bytes of header length, a JSON header, then the tensors. */
function readEdges(): Batch {
  const file = readSample('coins-edges.safetensors');
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, start));
  const tensor = (name: string, Numbers: typeof Float32Array | typeof Int32Array): Tensor => {
    const [from, to] = header[name].data_offsets;
    const bytes = file.buffer.slice(file.byteOffset + start + from, file.byteOffset + start + to) as ArrayBuffer;
    return { shape: header[name].shape, values: new Numbers(bytes) };
  };
  return prepareBatch(optionsSchema.parse({ class_axis: 1, ignore_index: -1, outputs: OUTPUTS_WITHOUT_DIFFICULTY }), {
    source: 'logits',
    predictions: {
      ...tensor('logits', Float32Array),
      format: 'F32',
      values: tensor('logits', Float32Array).values as Float32Array,
    },
    labels: tensor('labels', Int32Array),
  });
}
