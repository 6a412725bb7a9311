import {
  type BatchContent,
  type BatchFacts,
  type Options,
  PREDICTION_FIELDS,
  type PredictionField,
} from './batch-file.ts';
import { decodeNumbers } from './dtypes.ts';
import { LabelCounter } from './label-summary.ts';
import { countsFromOne, isKept, requestOptions } from './request-options.ts';
import { isWhole, numbersOf, type StoredTensor, subtractOne } from './stored-tensor.ts';

/** A file starts with the length of its header, a little-endian u64 (https://github.com/huggingface/safetensors#format). */
const LENGTH_BYTES = 8;
/** Headers are padded to a multiple of this, so that the tensors stay aligned. */
const ALIGNMENT = 8;

/** Options that may be tensors with a number per class. The page reads them, to show them and to send them as they are. */
const CLASS_OPTIONS = ['gamma', 'gamma.positive', 'gamma.negative', 'alpha'];
/** The most classes that the service has. */
const MAX_CLASSES = 2 ** 18;
const WEIGHTS = ['sample_weights', 'element_weights', 'class_weights'];

/**
 * A batch of tensors, which is sent as a safetensors file.
 *
 * @param metadata the options as texts, each JSON or a plain string
 * @param unused names of arrays that the file has beside these
 */
export async function tensorBatch(
  tensors: readonly StoredTensor[],
  metadata: Readonly<Record<string, string>>,
  unused: readonly string[] = [],
): Promise<BatchContent> {
  const facts = factsOf(tensors, unused);
  const options = {
    ...Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, parseOption(text)])),
    ...(await readClassOptions(tensors)),
  };
  let lessOne: Promise<StoredTensor> | null = null;
  const prepare = async (tensor: StoredTensor, changes: Options): Promise<StoredTensor> => {
    if (tensor.name === facts?.predictions.field && changes.predictions_as !== undefined) {
      return { ...tensor, name: String(changes.predictions_as) };
    }
    if (tensor.name !== 'labels' || facts === null || !countsFromOne(changes)) return tensor;
    lessOne ??= subtractOne(tensor);
    return lessOne;
  };
  return {
    options,
    facts,
    async body(changes) {
      const requested = requestOptions(options, changes);
      const kept = tensors.filter(({ name }) => isKept(name, changes, requested));
      const prepared = await Promise.all(kept.map((tensor) => prepare(tensor, changes)));
      const texts = Object.entries(metadata).filter(([name]) => isKept(name, changes, requested));
      const header = buildHeader({ ...Object.fromEntries(texts), ...serializeOptions(requested) }, prepared);
      return new Blob([header, ...prepared.map(({ data }) => data)]);
    },
  };
}

function factsOf(tensors: readonly StoredTensor[], unused: readonly string[]): BatchFacts | null {
  const predictions = tensors.find(({ name }) => (PREDICTION_FIELDS as readonly string[]).includes(name));
  const labels = tensors.find(({ name }) => name === 'labels');
  if (!predictions || !labels || !isWhole(labels)) return null;
  return {
    predictions: { field: predictions.name as PredictionField, shape: predictions.shape },
    labelShape: labels.shape,
    weights: tensors.map(({ name }) => name).filter((name) => WEIGHTS.includes(name)),
    unused,
    async countLabels(classes, first) {
      const counter = new LabelCounter(classes, first);
      for await (const numbers of numbersOf(labels)) {
        for (let i = 0; i < numbers.length; i++) counter.add(numbers[i]!);
      }
      return counter.summary;
    },
  };
}

async function readClassOptions(tensors: readonly StoredTensor[]): Promise<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const tensor of tensors) {
    const { name, dtype, shape, data } = tensor;
    if (!CLASS_OPTIONS.includes(name) || !isWhole(tensor) || shape.length > 1 || data.size > 8 * MAX_CLASSES) continue;
    const numbers = Array.from(decodeNumbers(dtype, await data.arrayBuffer()));
    options[name] = shape.length === 0 ? numbers[0] : numbers;
  }
  return options;
}

function buildHeader(metadata: Readonly<Record<string, string>>, tensors: readonly StoredTensor[]): Blob {
  const entries: Record<string, object> = {};
  let offset = 0;
  for (const { name, dtype, shape, data } of tensors) {
    entries[name] = { dtype, shape, data_offsets: [offset, offset + data.size] };
    offset += data.size;
  }
  const header = new Blob([JSON.stringify({ __metadata__: metadata, ...entries })]);
  const padding = (ALIGNMENT - (header.size % ALIGNMENT)) % ALIGNMENT;
  const prefix = new DataView(new ArrayBuffer(LENGTH_BYTES));
  prefix.setBigUint64(0, BigInt(header.size + padding), true);
  return new Blob([prefix, header, ' '.repeat(padding)]);
}

function serializeOptions(options: Options): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** As in the service, a value is JSON or, if it does not parse, a plain string. */
function parseOption(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
