import { z } from 'zod';
import type { Batch } from '../loss/batch.ts';
import { Complaints } from '../loss/complaints.ts';
import { freshMemory, type Memory } from '../loss/memory.ts';
import { optionFields } from '../loss/options.ts';
import { prepareBatch } from '../loss/prepare-batch.ts';
import { scanTensors } from './json-scan.ts';
import { MAX_RANK, readJsonClassOption, readJsonTensor } from './json-tensor.ts';
import { parseJson } from './json-text.ts';
import { addSchemaIssues } from './schema-complaints.ts';

/** How a field says that it is nested arrays of numbers; `allOf` lets it have a description of its own. */
export const TENSOR = { allOf: [{ $ref: '#/components/schemas/Tensor' }] };

// Numbers inside tensors are checked by a loop of our own: zod would make a node, and an issue, of each.
const tensor = (description: string) => z.unknown().meta({ ...TENSOR, description });
const perClass = (items: Record<string, unknown>, description: string, others: object[] = [items]) =>
  z.unknown().meta({ anyOf: [...others, { type: 'array', minItems: 1, items }], description });

const nonNegative = { type: 'number', minimum: 0 };
const unit = { type: 'number', minimum: 0, maximum: 1 };

/** The envelope of `POST /v1/focal-loss` in JSON: every field there is. */
export const jsonRequestSchema = z
  .strictObject({
    logits: tensor(
      'Rank 1 to 5, finite as float32; rank 1 is one binary class. Give these or `probabilities`.',
    ).optional(),
    probabilities: tensor(
      'The same shapes, each in [0, 1]; for softmax a sample adds up to 1 within 1e-3. Gradients are then with respect to them.',
    ).optional(),
    labels: tensor(
      'Dense: the shape of the predictions, each in [0, 1]. Class indices: that shape without the class axis, integers.',
    ),
    gamma: perClass(nonNegative, 'Focusing parameter ≥ 0, a number or one per class.').default(2),
    alpha: perClass(
      unit,
      'In [0, 1], a number or one per class, or null for off. Sigmoid: weighs positives, 1 − alpha negatives; default 0.25. Softmax: multiplies the true class; default null.',
      [unit, { type: 'null' }],
    ).optional(),
    class_weights: z
      .unknown()
      .meta({
        type: 'array',
        minItems: 1,
        items: nonNegative,
        description: 'One weight ≥ 0 per class, on every element of the class.',
      })
      .optional(),
    sample_weights: tensor(
      'One weight ≥ 0 per sample: the shape of the predictions without the class axis.',
    ).optional(),
    ...optionFields,
  })
  .meta({ oneOf: [{ required: ['logits'] }, { required: ['probabilities'] }] });

const FIELDS = Object.keys(jsonRequestSchema.shape);

/** How precisely the tensors are read: float32 for what is computed with, float64 for labels, which may be integers. */
const TENSOR_FIELDS = {
  logits: 'float32',
  probabilities: 'float32',
  labels: 'float64',
  sample_weights: 'float32',
} as const;

/** Below this the language's parser is done before a scan would pay. */
const MIN_SCANNED_BYTES = 8192;

/**
 * Reads a JSON request.
 *
 * @param memory where the batch's tensors go
 * @throws {Failure} `malformed_body`, or `invalid_request` with everything that was found wrong
 */
export function readJsonRequest(bytes: Uint8Array, memory: Memory = freshMemory): Batch {
  const body = parseBody(bytes);
  const complaints = new Complaints();
  const parsed = jsonRequestSchema.safeParse(body, { reportInput: true });
  if (!parsed.success) addSchemaIssues(parsed.error.issues, FIELDS, complaints);
  complaints.throwIfAny();
  return readTensors(parsed.data!, memory, complaints);
}

/** Large tensors are read from the text itself; they stand in the object as `ScannedTensor`. */
function parseBody(bytes: Uint8Array): unknown {
  const scanned = bytes.length < MIN_SCANNED_BYTES ? undefined : scanTensors(bytes, TENSOR_FIELDS, MAX_RANK);
  if (scanned === undefined) return parseJson(bytes);
  try {
    return Object.assign(parseJson(scanned.envelope) as object, Object.fromEntries(scanned.tensors));
  } catch {
    return parseJson(bytes); // What is wrong is told in terms of the whole body.
  }
}

function readTensors(request: z.output<typeof jsonRequestSchema>, memory: Memory, complaints: Complaints): Batch {
  const { logits, probabilities, labels, gamma, alpha, class_weights, sample_weights, ...options } = request;
  if ((logits === undefined) === (probabilities === undefined)) {
    complaints.add(() => ({
      pointer: '',
      message: `expected exactly one of "logits" and "probabilities", got ${logits === undefined ? 'neither' : 'both'}`,
    }));
  }
  complaints.throwIfAny();

  const source = logits === undefined ? 'probabilities' : 'logits';
  const optional = <Value>(value: unknown, read: (value: unknown) => Value) =>
    value === undefined ? undefined : read(value);
  const tensors = {
    source,
    predictions: readJsonTensor(logits ?? probabilities, source, complaints, { precision: TENSOR_FIELDS[source] }),
    labels: readJsonTensor(labels, 'labels', complaints, { precision: TENSOR_FIELDS.labels }),
    gamma: readJsonClassOption(gamma, 'gamma', complaints),
    alpha: alpha === null ? null : optional(alpha, (value) => readJsonClassOption(value, 'alpha', complaints)),
    class_weights: optional(class_weights, (value) =>
      readJsonTensor(value, 'class_weights', complaints, { precision: 'float64', maxRank: 1 }),
    ),
    sample_weights: optional(sample_weights, (value) =>
      readJsonTensor(value, 'sample_weights', complaints, { precision: TENSOR_FIELDS.sample_weights }),
    ),
  } as const;
  complaints.throwIfAny();
  return prepareBatch(options, { ...tensors, predictions: tensors.predictions!, labels: tensors.labels! }, memory);
}
