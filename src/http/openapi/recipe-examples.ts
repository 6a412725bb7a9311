// Requests that reproduce losses of other libraries, each named by its row in docs/reference/recipes.md. A test compares the
// options with that row, whose results are compared with the library's.

interface RecipeExample {
  readonly summary: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Three samples of three classes, with class indices. */
const INDICES = {
  logits: [
    [2.2, -1.3, -4],
    [-3.1, 0.4, -2.7],
    [-2, -3, -1.5],
  ],
  labels: [0, 1, 2],
};
/** The last sample is of no class. */
const WITH_BACKGROUND = { ...INDICES, labels: [0, 1, 3] };
const WITH_UNMATCHED = { ...INDICES, labels: [0, -1, -2] };
const MULTI_LABEL = {
  ...INDICES,
  labels: [
    [1, 0, 1],
    [0, 1, 0],
    [0, 0, 0],
  ],
};
/** The quality, mostly the IoU, at the class of the matched box. */
const QUALITIES = {
  ...INDICES,
  labels: [
    [0.75, 0, 0],
    [0, 0.5, 0],
    [0, 0, 0],
  ],
};
/** One image of two classes and 2 × 2 pixels. */
const PIXELS = {
  logits: [
    [
      [
        [1.5, -0.5],
        [0.25, -2],
      ],
      [
        [-1.5, 0.5],
        [-0.25, 2],
      ],
    ],
  ],
  labels: [
    [
      [0, 1],
      [1, 1],
    ],
  ],
};

/** By the name of the recipe. */
export const RECIPES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "torchvision sigmoid_focal_loss(reduction='mean')": {
    ...MULTI_LABEL,
    alpha: 0.25,
    gamma: 2,
    normalizer: 'elements',
  },
  'torchvision RetinaNetClassificationHead.compute_loss, one image': {
    ...WITH_UNMATCHED,
    alpha: 0.25,
    gamma: 2,
    background_index: -1,
    ignore_index: -2,
    normalizer: 'positives',
  },
  'PyTorch CrossEntropyLoss(label_smoothing=0.1)': {
    ...INDICES,
    activation: 'softmax',
    gamma: 0,
    label_smoothing: 0.1,
  },
  'PyTorch BCEWithLogitsLoss(pos_weight=[3, 1, 7])': {
    ...MULTI_LABEL,
    gamma: 0,
    alpha: [0.75, 0.5, 0.875],
    class_weights: [4, 2, 8],
    soft_labels: 'termwise',
  },
  'Keras BinaryFocalCrossentropy()': { ...MULTI_LABEL, alpha: null, gamma: 2, normalizer: 'elements' },
  'Keras CategoricalFocalCrossentropy()': {
    ...INDICES,
    activation: 'softmax',
    alpha: 0.25,
    gamma: 2,
    normalizer: 'samples',
  },
  'MONAI FocalLoss()': { ...PIXELS, class_axis: 1, alpha: null, gamma: 2, normalizer: 'elements' },
  "segmentation_models_pytorch FocalLoss('multiclass', ignore_index=255)": {
    ...PIXELS,
    class_axis: 1,
    alpha: null,
    gamma: 2,
    ignore_index: 255,
    normalizer: 'elements',
  },
  'mmdetection FocalLoss, avg_factor=2': {
    ...WITH_BACKGROUND,
    alpha: 0.25,
    gamma: 2,
    background_index: 3,
    normalizer: 2,
  },
  'mmdetection QualityFocalLoss, avg_factor=2': {
    ...QUALITIES,
    alpha: null,
    gamma: 2,
    soft_labels: 'quality',
    normalizer: 2,
  },
  'Transformers DeformableDetrImageLoss.loss_labels': {
    ...WITH_BACKGROUND,
    alpha: 0.25,
    gamma: 2,
    background_index: 3,
    normalizer: 3,
  },
  'Transformers RTDetrLoss.loss_labels_vfl': {
    ...QUALITIES,
    soft_labels: 'varifocal',
    alpha: 0.75,
    gamma: 2,
    focusing: 'detached',
    normalizer: 3,
  },
  'Transformers Deimv2Loss.loss_labels_mal': {
    ...QUALITIES,
    soft_labels: 'matchability',
    alpha: null,
    gamma: 1.5,
    focusing: 'detached',
    normalizer: 3,
  },
  'timm AsymmetricLossMultiLabel()': {
    ...MULTI_LABEL,
    gamma: { positive: 1, negative: 4 },
    margin: 0.05,
    alpha: null,
    reduction: 'sum',
  },
  'optax sigmoid_focal_loss(alpha=0.25)': { ...MULTI_LABEL, alpha: 0.25, gamma: 2, reduction: 'none' },
  'optax poly_loss_cross_entropy(epsilon=2)': {
    ...INDICES,
    activation: 'softmax',
    gamma: 0,
    poly_epsilon: 2,
    reduction: 'none',
  },
  'class-balanced focal loss, softmax, beta=0.999 (Cui et al. 2019)': {
    ...INDICES,
    activation: 'softmax',
    alpha: { effective_number: { beta: 0.999, class_counts: [5000, 1000, 10] } },
    gamma: 2,
  },
};

/** What LightGBM and XGBoost need of an objective. */
const BOOSTING: RecipeExample = {
  summary: 'LightGBM and XGBoost: gradients and a Hessian that is never negative',
  value: {
    logits: [0.7, -1.2, 2.5],
    labels: [1, 0, 0],
    gamma: 2,
    alpha: 0.25,
    hessian_form: 'detached',
    reduction: 'none',
    outputs: ['gradients', 'hessian'],
  },
};

/** Examples of a request by the keys that they have in the document. */
export const RECIPE_EXAMPLES: Readonly<Record<string, RecipeExample>> = {
  ...Object.fromEntries(
    Object.entries(RECIPES).map(([name, value]): [string, RecipeExample] => [
      name.replaceAll(/[^A-Za-z0-9.]+/g, '_').replace(/_$/, ''),
      { summary: name, value },
    ]),
  ),
  boosting: BOOSTING,
};
