import type { Options } from '../batch-files/batch-file.ts';
import { type ExportedRequest, KEY_VARIABLE } from './exported-request.ts';
import { longOptions, pythonCall } from './python-arguments.ts';

interface Framework {
  /** The package's extra, which is the module, too. */
  readonly extra: string;
  readonly imports: readonly string[];
  /** Options that the framework's loss has no use for. */
  readonly without: readonly string[];
  readonly write: (loss: (callee: string, ...first: string[]) => string, request: ExportedRequest) => readonly string[];
}

const OF_ROWS = ['class_axis', 'class_names', 'reduction'];
const labelsOf = ({ countsFromOne }: ExportedRequest) => (countsFromOne ? 'labels - 1' : 'labels');
/** The arguments of a function that is given logits or probabilities. */
const batchOf = (request: ExportedRequest) =>
  request.predictions === 'logits'
    ? ['logits', labelsOf(request)]
    : ['probabilities=probabilities', `labels=${labelsOf(request)}`];

const boosting = (extra: string): Framework => ({
  extra,
  imports: ['FocalLoss', 'FocalLossClassifier'],
  without: OF_ROWS,
  write: (loss) => [`loss = ${loss('FocalLoss')}`, 'model = FocalLossClassifier(objective=loss).fit(features, labels)'],
});

const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  PyTorch: {
    extra: 'torch',
    imports: ['FocalLoss'],
    without: [],
    write: (loss, request) => [
      `focal_loss = ${loss('FocalLoss')}`,
      ...(request.predictions === 'logits' ? [] : ['# It wants logits, from which its gradients are exact.']),
      `loss = focal_loss(logits, ${labelsOf(request)})`,
      'loss.backward()',
    ],
  },
  Keras: {
    extra: 'keras',
    imports: ['FocalLoss'],
    without: [],
    write: (loss, { predictions }) => [
      `loss = ${predictions === 'logits' ? loss('FocalLoss', 'from_logits=True') : loss('FocalLoss')}`,
      'model.compile("adam", loss)',
    ],
  },
  JAX: {
    extra: 'jax',
    imports: ['focal_loss'],
    without: [],
    write: (loss, request) => [
      '# In the function that jax.grad differentiates, under jax.jit or not:',
      `loss = ${loss('focal_loss', ...batchOf(request))}`,
    ],
  },
  TensorFlow: {
    extra: 'tensorflow',
    imports: ['focal_loss'],
    without: [],
    write: (loss, request) => ['# In a tf.GradientTape:', `loss = ${loss('focal_loss', ...batchOf(request))}`],
  },
  LightGBM: boosting('lightgbm'),
  XGBoost: boosting('xgboost'),
  'scikit-learn': {
    extra: 'sklearn',
    imports: ['focal_loss_scorer'],
    without: [...OF_ROWS, 'ignore_index', 'background_index'],
    write: (loss) => [
      `scorer = ${loss('focal_loss_scorer')}`,
      'scores = cross_val_score(model, features, labels, scoring=scorer)',
    ],
  },
};

/** Programs that train with the loss of the request: its options, in each framework's own terms. */
export const TRAINING_PROGRAMS: Readonly<Record<string, (request: ExportedRequest) => string>> = Object.fromEntries(
  Object.entries(FRAMEWORKS).map(([name, framework]) => [name, (request) => writeProgram(framework, request)]),
);

function writeProgram({ extra, imports, without, write }: Framework, request: ExportedRequest): string {
  const { service, needsKey, weights } = request;
  const options = lossOptions(request.options, without);
  const client = needsKey ? 'client=client' : `client="${service}"`;
  return [
    `# pip install 'focal-loss-client[${extra}]'`,
    ...(needsKey ? ['import os', '', 'from focal_loss_client import FocalLossClient'] : []),
    `from focal_loss_client.${extra} import ${imports.join(', ')}`,
    ...(extra === 'sklearn' ? ['from sklearn.model_selection import cross_val_score'] : []),
    '',
    ...(needsKey ? [`client = FocalLossClient("${service}", api_key=os.environ["${KEY_VARIABLE}"])`] : []),
    ...longOptions(options),
    ...weights
      .filter((name) => !(name in options))
      .map((name) => `# Your file also has ${name}: give them to the loss, too.`),
    ...write((callee, ...first) => pythonCall(callee, [...first, client], options), request),
  ].join('\n');
}

/** Outputs are what each loss requests itself, and a mean is what it is without a word. */
function lossOptions({ outputs: _, ...options }: Options, without: readonly string[]): Options {
  const isDefault = (name: string, value: unknown) => name === 'reduction' && value === 'mean';
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => !without.includes(name) && !isDefault(name, value)),
  );
}
