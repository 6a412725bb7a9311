/** An example of each field of a batch's request. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  logits: [[2.2, -1.3, -4]],
  probabilities: [[0.9, 0.2, 0.02]],
  labels: [[1, 0, 0]],
  gamma: 2,
  alpha: 0.25,
  gammas: [0, 1, 2],
  alphas: [null, 0.25],
  class_weights: [1, 2, 0.5],
  sample_weights: [1],
  element_weights: [[1, 0, 1]],
  activation: 'softmax',
  class_axis: 1,
  label_smoothing: 0.1,
  soft_labels: 'varifocal',
  margin: 0.05,
  poly_epsilon: 1,
  focusing: 'detached',
  hessian_form: 'detached',
  ignore_index: 255,
  background_index: -1,
  reduction: 'sum',
  normalizer: 'positives',
  epsilon: 1e-8,
  class_names: ['cat', 'dog', 'owl'],
  outputs: ['loss', 'gradients', 'hessian'],
  warnings: false,
  gradients_dtype: 'BF16',
};

/** The schema of a batch's request, with an example of each field. */
export function withFieldExamples(schema: object): object {
  const { properties, ...rest } = schema as { properties: Readonly<Record<string, object>> };
  const withExamples = Object.entries(properties).map(([name, field]) => [
    name,
    name in EXAMPLES ? { ...field, examples: [EXAMPLES[name]] } : field,
  ]);
  return { ...rest, properties: Object.fromEntries(withExamples) };
}
