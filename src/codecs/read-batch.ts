import type { z } from 'zod';
import type { Allocator } from '../core/allocator.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from '../loss/batch.ts';
import { prepareBatch } from '../loss/prepare-batch.ts';
import { readAlpha } from './alpha-field.ts';
import { type EchoedOptions, type EchoOptions, echoOptions } from './echoed-options.ts';
import { FOREIGN_NAME_HINTS } from './foreign-names.ts';
import { GAMMA_SIDES, readGamma } from './gamma-field.ts';
import { requestSchema } from './request-schema.ts';
import { addSchemaIssues } from './schema-issues.ts';
import {
  readClassWeights,
  readElementWeights,
  readLabels,
  readPredictions,
  readSampleWeights,
  type TensorContext,
} from './tensor-fields.ts';
import { withoutNulls } from './without-nulls.ts';

const FIELDS = Object.keys(requestSchema.shape);
/** Labels are required, and a null alpha is one that is off. */
const NULLABLE: ReadonlySet<string> = new Set(FIELDS.filter((name) => name !== 'labels' && name !== 'alpha'));

const SWEEP_HINT = 'POST /v1/focal-loss/sweep takes lists';
const SIDES_HINT = 'here it is "gamma": {"positive": …, "negative": …}, both in one field';
/** What to say of names that formats of this service have, or that only a sweep has. */
const HINTS = {
  ...FOREIGN_NAME_HINTS,
  gammas: SWEEP_HINT,
  alphas: SWEEP_HINT,
  ...Object.fromEntries(GAMMA_SIDES.map((name) => [name, SIDES_HINT])),
};

/** A batch, and the options that its response repeats. */
export interface ReadBatch {
  readonly batch: Batch;
  readonly options: EchoedOptions;
}

/**
 * Reads a batch from the fields of a request, whatever the format that they came in.
 *
 * @param fields by the names of `requestSchema`, as `FieldCodec.readFields` returns them
 * @param allocator where the batch's tensors go that do not lie in shared memory yet
 * @throws {ServiceError} `invalid_request` with everything that was found wrong
 */
export function readBatch(fields: unknown, allocator: Allocator): ReadBatch {
  return readBatchTensors(checkFields(fields), { allocator, issues: new ValidationIssues() });
}

/** The fields of a request: all but tensors are checked. */
export type RequestFields = z.output<typeof requestSchema>;

/**
 * Checks the fields of a request apart from its tensors, which stay as they are.
 *
 * @throws {ServiceError} `invalid_request` with everything that was found wrong
 */
export function checkFields(fields: unknown): RequestFields {
  const issues = new ValidationIssues();
  const given = withoutNulls(fields, NULLABLE);
  const parsed = requestSchema.safeParse(given, { reportInput: true });
  if (!parsed.success) {
    addSchemaIssues(parsed.error.issues, FIELDS, issues, '', HINTS);
    checkPredictions(given, issues);
  }
  issues.throwIfAny();
  return parsed.data!;
}

/** Checks that predictions are there under one of their two names, which is more than a schema tells. */
export function checkPredictions(fields: unknown, issues: ValidationIssues): void {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return;
  const { logits, probabilities } = fields as Partial<RequestFields>;
  if ((logits === undefined) !== (probabilities === undefined)) return;
  issues.add(() => ({
    pointer: '',
    message: `expected exactly one of "logits" and "probabilities", got ${logits === undefined ? 'neither' : 'both'}`,
  }));
}

/**
 * Reads the tensors of a request whose other fields have been checked, and makes a batch of all.
 *
 * @param echo which options the response repeats
 * @throws {ServiceError} `invalid_request` with everything that was found wrong
 */
export function readBatchTensors(
  request: RequestFields,
  context: TensorContext,
  echo: EchoOptions = echoOptions,
): ReadBatch {
  const { allocator, issues } = context;
  const { logits, probabilities, labels, gamma, alpha, class_weights, sample_weights, element_weights, ...options } =
    request;
  checkPredictions(request, issues);
  issues.throwIfAny();

  const source = logits === undefined ? 'probabilities' : 'logits';
  const optional = <Value>(value: unknown, read: (value: unknown) => Value) =>
    value === undefined ? undefined : read(value);
  const predictions = readPredictions(logits ?? probabilities, source, context);
  const labelTensor = readLabels(labels, context);
  const classOptions = {
    gamma: readGamma(gamma, context),
    alpha: optional(alpha, (value) => readAlpha(value, 'alpha', context)),
    class_weights: optional(class_weights, (value) => readClassWeights(value, context)),
    sample_weights: optional(sample_weights, (value) => readSampleWeights(value, context)),
    element_weights: optional(element_weights, (value) => readElementWeights(value, context)),
  };
  issues.throwIfAny();
  const tensors = { source, predictions: predictions!, labels: labelTensor!, ...classOptions } as const;
  const batch = prepareBatch(options, tensors, allocator);
  return { batch, options: echo(options, classOptions) };
}
