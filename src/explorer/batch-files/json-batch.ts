import { type BatchContent, type BatchFacts, JSON_TYPE, PREDICTION_FIELDS } from './batch-file.ts';
import { FileError } from './file-error.ts';
import { LabelCounter } from './label-summary.ts';
import { countsFromOne, isKept, requestOptions } from './request-options.ts';

/** The service accepts half as much at most; a browser has no longer texts than twice this. */
const MAX_BYTES = 256 * 2 ** 20;
const WEIGHTS = ['sample_weights', 'element_weights', 'class_weights'];

type Nested = number | boolean | readonly Nested[];

/**
 * Reads a JSON batch and serializes its arrays once, not with each request. Null if the file is no JSON object.
 *
 * @throws {FileError} if it is too large for a page
 */
export async function openJson(file: Blob): Promise<BatchContent | null> {
  if (file.size > MAX_BYTES) {
    throw new FileError(
      `Expected JSON of at most ${MAX_BYTES / 2 ** 20} MiB, got ${Math.round(file.size / 2 ** 20)} MiB. Save the batch as .npz or .safetensors, which take a third of the space and any size.`,
    );
  }
  let batch: unknown;
  try {
    batch = JSON.parse(await file.text());
  } catch {
    return null;
  }
  if (typeof batch !== 'object' || batch === null || Array.isArray(batch)) return null;

  const fields = Object.entries(batch);
  const texts = new Map(fields.map(([name, value]) => [name, new Blob([JSON.stringify(value)])]));
  const facts = factsOf(batch as Readonly<Record<string, unknown>>);
  const labels: unknown = (batch as Readonly<Record<string, unknown>>).labels;
  const options = Object.fromEntries(fields.filter(([, value]) => !isLarge(value)));
  let lessOne: Blob | null = null;
  return {
    options,
    facts,
    async body(changes) {
      const requested = requestOptions(options, changes);
      const parts: (Blob | string)[] = [];
      for (const [name, text] of texts) {
        if (!isKept(name, changes, requested)) continue;
        const field = name === facts?.predictions.field ? (changes.predictions_as ?? name) : name;
        const isShifted = name === 'labels' && facts !== null && countsFromOne(changes);
        if (isShifted) lessOne ??= new Blob([JSON.stringify(shift(labels as Nested))]);
        parts.push(`${JSON.stringify(field)}:`, isShifted ? lessOne! : text, ',');
      }
      return new Blob(['{', ...parts, JSON.stringify(requested).slice(1)].flatMap(closeLast), { type: JSON_TYPE });
    },
  };
}

/** Without changes the last comma would remain. */
function closeLast(part: Blob | string, index: number, parts: readonly (Blob | string)[]): (Blob | string)[] {
  const isLastComma = part === ',' && index === parts.length - 2 && parts.at(-1) === '}';
  return isLastComma ? [] : [part];
}

function factsOf(batch: Readonly<Record<string, unknown>>): BatchFacts | null {
  const field = PREDICTION_FIELDS.find((name) => Array.isArray(batch[name]));
  if (!field || !Array.isArray(batch.labels)) return null;
  return {
    predictions: { field, shape: shapeOf(batch[field]) },
    labelShape: shapeOf(batch.labels),
    weights: WEIGHTS.filter((name) => Array.isArray(batch[name])),
    unused: [],
    async countLabels(classes, first) {
      const counter = new LabelCounter(classes, first);
      visit(batch.labels, (label) => counter.add(label));
      return counter.summary;
    },
  };
}

/** By the first items. Whether others have the same lengths is for the service to say. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  return shape;
}

function visit(value: unknown, see: (label: number) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  else see(Number(value));
}

function shift(value: Nested): Nested {
  return Array.isArray(value) ? value.map(shift) : Number(value) - 1;
}

/** Predictions, labels and weights are large. A list with one number per class is not: the page reads it. */
function isLarge(value: unknown): boolean {
  return Array.isArray(value) && (Array.isArray(value[0]) || value.length > 20_000);
}
