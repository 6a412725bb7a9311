import type { Allocator } from '../../core/allocator.ts';
import { ValidationIssues } from '../../core/validation-issues.ts';
import type { Batch } from '../../loss/batch.ts';
import { evaluationCount } from '../../loss/hyper-parameters.ts';
import { countLabels } from '../../loss/label-counts.ts';
import { MAX_BREAKDOWN_CLASSES, MAX_ELEMENT_EVALUATIONS } from '../../loss/limits.ts';
import { defaultAlpha, resolveAlpha } from '../../loss/resolve-alpha.ts';
import { isQualityGamma, qualityGammaIssue } from '../../loss/resolve-gamma.ts';
import {
  MAX_SWEEP_POINTS,
  MAX_SWEEP_SHARES,
  planSweep,
  type RequestedAlpha,
  SHARE_ALPHA_BYTES,
  type SweepAlpha,
  type SweepPlan,
} from '../../loss/sweep-plan.ts';
import { readAlpha } from '../alpha-field.ts';
import type { DecodedRequest } from '../codec.ts';
import { echoSweepOptions } from '../echoed-options.ts';
import { FOREIGN_NAME_HINTS } from '../foreign-names.ts';
import { checkPredictions, readBatchTensors } from '../read-batch.ts';
import { addSchemaIssues } from '../schema-issues.ts';
import type { TensorContext } from '../tensor-fields.ts';
import { withoutNulls } from '../without-nulls.ts';
import { sweepSchema } from './sweep-schema.ts';

export interface DecodedSweep extends DecodedRequest {
  readonly sweep: SweepPlan;
}

const FIELDS = Object.keys(sweepSchema.shape);
const NULLABLE: ReadonlySet<string> = new Set(FIELDS.filter((name) => name !== 'labels' && name !== 'gammas'));
/** What to say of fields that a request for one loss has, and a sweep has not. */
const HINTS = {
  ...FOREIGN_NAME_HINTS,
  gamma: 'a sweep takes a list, "gammas"',
  alpha: 'a sweep takes a list, "alphas"',
  outputs: 'a sweep has fixed outputs',
  gradients_dtype: 'a sweep returns no gradients',
  hessian_form: 'a sweep has no Hessian',
};

/** Options that a sweep does not have, none of which it uses. */
const OWN = {
  gamma: 0,
  alpha: null,
  outputs: [] as never[],
  gradients_dtype: 'F32',
  hessian_form: 'exact',
} as const;

/**
 * Reads a sweep from its fields, whatever the format that they came in.
 *
 * @param fields by the names of `sweepSchema`; tensors are as in `readBatch`
 * @param allocator where the batch's tensors go that do not lie in shared memory yet
 * @throws {ServiceError} `invalid_request` with everything that was found wrong
 */
export function readSweep(fields: unknown, allocator: Allocator): DecodedSweep {
  const issues = new ValidationIssues();
  const named = withoutNulls(fields, NULLABLE);
  const parsed = sweepSchema.safeParse(named, { reportInput: true });
  if (!parsed.success) {
    addSchemaIssues(parsed.error.issues, FIELDS, issues, '', HINTS);
    checkPredictions(named, issues);
  }
  issues.throwIfAny();
  const { gammas, alphas: given, ...request } = parsed.data!;
  const { activation, soft_labels: softLabels } = request;
  const alphas = given ?? [defaultAlpha({ activation, softLabels })];
  checkGrid(gammas, alphas, issues);
  if (activation === 'sigmoid' && softLabels === 'quality') rejectSmallGammas(gammas, issues);
  issues.throwIfAny();

  const context = { allocator, issues };
  const choices = alphas.map((alpha, i) => readAlpha(alpha, `alphas/${i}`, context));
  const { batch, options } = readBatchTensors({ ...request, ...OWN }, context, echoSweepOptions);
  checkClasses(batch, gammas.length * alphas.length, issues);
  allocator.charge(SHARE_ALPHA_BYTES * batch.layout.classes * gammas.length * alphas.length);
  const resolved = resolveAlphas(alphas, choices, batch, context);
  issues.throwIfAny();
  const sweep = planSweep(batch, gammas, resolved, allocator);
  checkEvaluations(batch, sweep, issues);
  return {
    batch: { ...batch, gradientSquares: true },
    options,
    hyperParameters: sweep.hyperParameters,
    timeoutMs: undefined,
    sweep,
  };
}

function checkGrid(gammas: readonly number[], alphas: readonly unknown[], issues: ValidationIssues): void {
  for (const [name, { length }] of Object.entries({ gammas, alphas })) {
    if (length > 0) continue;
    issues.add(() => ({ pointer: `/${name}`, message: 'expected at least one, got an empty array' }));
  }
  const points = gammas.length * alphas.length;
  if (points <= MAX_SWEEP_POINTS) return;
  issues.add(() => ({
    pointer: '/gammas',
    message: `expected at most ${MAX_SWEEP_POINTS} pairs of a gamma and an alpha (max_sweep_points), got ${points}`,
  }));
}

function rejectSmallGammas(gammas: readonly number[], issues: ValidationIssues): void {
  gammas.forEach((gamma, i) => {
    if (!isQualityGamma(gamma)) issues.add(() => qualityGammaIssue(gamma, { pointer: `/gammas/${i}` }));
  });
}

/** To be called before memory is allocated for each class of each pair. */
function checkClasses({ layout: { classes }, source }: Batch, points: number, issues: ValidationIssues): void {
  if (classes > MAX_BREAKDOWN_CLASSES) {
    issues.add(() => ({
      pointer: `/${source}`,
      message: `expected at most ${MAX_BREAKDOWN_CLASSES} classes in a sweep (max_breakdown_classes), got ${classes}`,
    }));
  } else if (classes * points > MAX_SWEEP_SHARES) {
    issues.add(() => ({
      pointer: '/gammas',
      message: `expected at most ${MAX_SWEEP_SHARES} pairs times classes (max_sweep_shares), got ${points} × ${classes}`,
    }));
  }
  issues.throwIfAny();
}

/** Alphas that are factors of the sums cost nothing, so only those are counted that need an evaluation of their own. */
function checkEvaluations({ counts, layout }: Batch, { hyperParameters }: SweepPlan, issues: ValidationIssues): void {
  const evaluations = evaluationCount(hyperParameters, layout.classes);
  if (counts.elements * evaluations <= MAX_ELEMENT_EVALUATIONS) return;
  issues.add(() => ({
    pointer: '/gammas',
    message:
      `expected at most ${MAX_ELEMENT_EVALUATIONS} evaluations of an element (max_element_evaluations), ` +
      `got ${evaluations} of each of ${counts.elements}: send fewer pairs at a time, or some of the samples`,
  }));
  issues.throwIfAny();
}

function resolveAlphas(
  given: readonly unknown[],
  choices: readonly ReturnType<typeof readAlpha>[],
  { activation, softLabels, layout, labels }: Batch,
  { issues }: TensorContext,
): SweepAlpha[] {
  let counts: ReturnType<typeof countLabels> | undefined;
  const context = {
    activation,
    softLabels,
    classes: layout.classes,
    countLabels: () => {
      counts ??= countLabels(labels, layout);
      return counts;
    },
    issues,
  };
  return choices.map((choice, i) => ({
    ...resolveAlpha(`alphas/${i}`, choice, context),
    given: given[i] as RequestedAlpha, // `readAlpha` has checked it.
  }));
}
