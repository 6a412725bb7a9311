import { type ArrayRoles, guessRoles } from './array-roles.ts';
import type { BatchContent, PredictionField } from './batch-file.ts';
import { decodeNumbers } from './dtypes.ts';
import { FileError } from './file-error.ts';
import type { NpyArray } from './npy-array.ts';
import { type AskUser, PREDICTION_KIND } from './question.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { tensorBatch } from './tensor-batch.ts';

/** Arrays that keep their name in a request. */
const OTHER_TENSORS = [
  'sample_weights',
  'element_weights',
  'class_weights',
  'gamma',
  'gamma.positive',
  'gamma.negative',
  'alpha',
];
/** An array of one text that is an object has options of any names. */
const OPTIONS = 'options';

/**
 * A batch from arrays with names: predictions, labels, weights and options. Arrays of no dimension and texts are options.
 *
 * @param options as texts
 * @throws {FileError} if there are fewer than two arrays, or options that are no JSON
 */
export async function arrayBatch(
  arrays: readonly NpyArray[],
  askUser: AskUser,
  options: Readonly<Record<string, string>> = {},
): Promise<BatchContent> {
  const metadata: Record<string, string> = { ...options };
  const tensors: StoredTensor[] = [];
  for (const array of arrays) {
    if ('texts' in array) Object.assign(metadata, textOptions(array.name, array.texts));
    else if (array.shape.length === 0) metadata[array.name] = await scalarText(array);
    else tensors.push(array);
  }
  const candidates = tensors.filter(({ name }) => !OTHER_TENSORS.includes(name));
  if (candidates.length < 2) {
    const names = candidates.map(({ name }) => name).join(', ') || 'none';
    throw new FileError(
      `Expected two arrays, the predictions and the labels; got ${names}. Save both: np.savez("batch.npz", logits=logits, labels=labels).`,
    );
  }
  const { predictions, labels, field } = await resolveRoles(candidates, askUser);
  const kept = tensors.filter(({ name }) => [predictions, labels, ...OTHER_TENSORS].includes(name));
  const renamed = kept.map((tensor) => ({
    ...tensor,
    name: tensor.name === predictions ? field : tensor.name === labels ? 'labels' : tensor.name,
  }));
  const unused = tensors.filter((tensor) => !kept.includes(tensor)).map(({ name }) => name);
  return tensorBatch(renamed, metadata, unused);
}

async function resolveRoles(arrays: readonly StoredTensor[], askUser: AskUser): Promise<ArrayRoles> {
  const guess = guessRoles(arrays);
  if (guess.isSure) return guess;
  const choices = arrays.map(({ name, dtype, shape }) => ({
    value: name,
    text: `${name}: ${dtype} (${shape.join(', ')})`,
  }));
  const answers = await askUser({
    title: 'Which array is which?',
    note: 'Neither names nor types tell which array has the predictions, and which the labels.',
    fields: [
      { name: 'predictions', label: 'Predictions', choices, values: [guess.predictions] },
      { ...PREDICTION_KIND, values: [guess.field] },
      { name: 'labels', label: 'Labels', choices, values: [guess.labels] },
    ],
  });
  const [predictions, field, labels] = ['predictions', 'field', 'labels'].map((name) => answers[name]![0]!);
  if (predictions === labels) throw new FileError(`Expected two arrays, got ${labels} for predictions and labels.`);
  return { predictions: predictions!, field: field as PredictionField, labels: labels! };
}

function textOptions(name: string, texts: string | readonly string[]): Record<string, string> {
  if (name !== OPTIONS || typeof texts !== 'string') {
    return { [name]: typeof texts === 'string' ? texts : JSON.stringify(texts) };
  }
  let options: unknown;
  try {
    options = JSON.parse(texts);
  } catch {
    options = null;
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new FileError(
      'Expected “options” to be the text of a JSON object, as of json.dumps({"activation": "softmax"}).',
    );
  }
  return Object.fromEntries(Object.entries(options).map(([option, value]) => [option, JSON.stringify(value)]));
}

async function scalarText({ dtype, data }: StoredTensor): Promise<string> {
  const [value] = Array.from(decodeNumbers(dtype, await data.arrayBuffer()));
  return dtype === 'BOOL' ? String(value === 1) : String(value);
}
