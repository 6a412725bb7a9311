import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ALL_OUTPUTS, type Batch } from './batch.ts';
import { type Tensor, toTensor } from './tensor.ts';

/** Finds a file of a checkout by its name, wherever under `src` or `test` it lies. */
export function findFile(checkout: string, name: string): string {
  for (const folder of ['test', 'src']) {
    const found = readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' });
    const path = found.find((each) => basename(each) === name);
    if (path !== undefined) return join(checkout, folder, path);
  }
  throw new Error(`expected a file ${name} under test or src of ${checkout}, got none`);
}

const TENSORS = ['logits', 'probabilities', 'labels', 'sample_weights', 'element_weights', 'class_weights'];

function toBatch(name: string, request: Readonly<Record<string, unknown>>): Batch {
  const given = { outputs: ALL_OUTPUTS, ...request };
  const entries = Object.entries(given);
  const tensors = entries.filter(([field]) => TENSORS.includes(field));
  return {
    name,
    tensors: Object.fromEntries(
      tensors.map(([field, value]) => [field, toTensor(value, /logits|probabilities/.test(field) ? 'F32' : 'any')]),
    ),
    options: Object.fromEntries(entries.filter(([field]) => !TENSORS.includes(field))),
  };
}

export function goldenBatches(checkout: string): Batch[] {
  const { cases } = JSON.parse(readFileSync(findFile(checkout, 'golden.json'), 'utf8'));
  return cases.map(({ name, request }: { name: string; request: Record<string, unknown> }) => toBatch(name, request));
}

/** The batches of real models on real data, which the explorer shows. */
export function realBatches(checkout: string): Batch[] {
  const fromJson = ['coins-detection', 'digits-longtail', 'breast-cancer'].map((name) =>
    toBatch(name, JSON.parse(readFileSync(findFile(checkout, `${name}.json`), 'utf8'))),
  );
  return [...fromJson, coinsEdges(checkout)];
}

/** The one that is kept as safetensors, whose labels are dense. */
function coinsEdges(checkout: string): Batch {
  const file = readFileSync(findFile(checkout, 'coins-edges.safetensors'));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, start));
  const bytes = (name: string) => {
    const [begin, end] = header[name].data_offsets;
    return Uint8Array.from(file.subarray(start + begin, start + end)).buffer;
  };
  const logits: Tensor = { dtype: 'F32', shape: header.logits.shape, values: new Float32Array(bytes('logits')) };
  const labels: Tensor = { dtype: 'I32', shape: header.labels.shape, values: new Int32Array(bytes('labels')) };
  return {
    name: 'coins-edges',
    tensors: { logits, labels },
    options: { class_axis: 1, ignore_index: -1, outputs: ALL_OUTPUTS },
  };
}
