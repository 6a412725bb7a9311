/** Names that other libraries have for something, and what that is here, in Markdown. */
interface ForeignNames {
  readonly names: readonly string[];
  readonly here: string;
}

/**
 * What PyTorch, torchvision, Kornia, MONAI, Keras, TensorFlow Addons, segmentation-models-pytorch, MMDetection, DETR, Optax, timm,
 * scikit-learn, LightGBM and XGBoost, or implementations of papers, call the fields of a request. Names of which a field's own
 * name is the nearest need no entry.
 */
export const FOREIGN_NAMES: readonly ForeignNames[] = [
  {
    names: [
      'input',
      'inputs',
      'pred',
      'preds',
      'prediction',
      'predictions',
      'output',
      'y_pred',
      'score',
      'scores',
      'x',
    ],
    here: 'here it is `logits`, or `probabilities` if the values are behind a sigmoid or softmax',
  },
  { names: ['prob', 'probs', 'proba', 'y_prob', 'y_score'], here: 'here it is `probabilities`' },
  { names: ['target', 'targets', 'y_true', 'y', 'gt', 'ground_truth', 'gt_labels'], here: 'here it is `labels`' },
  {
    names: ['to_onehot_y', 'one_hot', 'onehot'],
    here: 'not needed: `labels` are class indices or one-hot, which their shape tells',
  },
  {
    names: ['weight', 'weights'],
    here: 'here it is `class_weights`, one for each class, `sample_weights`, one for each sample, or `element_weights`, one for each element',
  },
  { names: ['class_weight'], here: 'here it is `class_weights`, a list with a number for each class' },
  { names: ['sample_weight'], here: 'here it is `sample_weights`' },
  { names: ['element_weight', 'elementwise_weights', 'pixel_weights'], here: 'here it is `element_weights`' },
  {
    names: ['pos_weight', 'scale_pos_weight'],
    here: 'a weight w of positives is `alpha` w / (1 + w) with `class_weights` 1 + w for each class',
  },
  {
    names: ['mask', 'valid_mask', 'where'],
    here: 'here it is `element_weights`, or `sample_weights` for whole samples: what has weight 0 adds nothing; a label of the value `ignore_index` is not counted either',
  },
  { names: ['ignore_label', 'ignore_value', 'ignored_index', 'void_index'], here: 'here it is `ignore_index`' },
  { names: ['background_label', 'background_class', 'bg_index', 'bg_class'], here: 'here it is `background_index`' },
  { names: ['include_background'], here: 'leave the class out of the predictions, or give it 0 in `class_weights`' },
  { names: ['axis', 'dim', 'class_dim', 'channel_axis', 'channel_dim'], here: 'here it is `class_axis`' },
  {
    names: ['num_classes', 'num_class', 'n_classes', 'no_of_classes'],
    here: 'not needed: the size of the predictions along `class_axis` tells',
  },
  {
    names: ['from_logits', 'activated'],
    here: 'the name of the predictions tells: `logits`, or `probabilities` behind a sigmoid or softmax',
  },
  {
    names: ['use_sigmoid', 'use_softmax', 'softmax', 'sigmoid', 'mode', 'loss_type', 'multilabel', 'multi_label'],
    here: 'here it is `activation`: `sigmoid` for binary and multi-label, `softmax` for one class of many',
  },
  { names: ['focal_gamma', 'focusing_parameter', 'focal_loss_gamma'], here: 'here it is `gamma`' },
  {
    names: ['gamma_pos', 'gamma_neg', 'gamma_positive', 'gamma_negative'],
    here: 'here it is `gamma`: {"positive": 1, "negative": 4}, both in one field',
  },
  {
    names: ['asl', 'asymmetric', 'asymmetric_loss', 'use_asl'],
    here: 'here it is `gamma`: {"positive": 1, "negative": 4}, with `margin` 0.05 and `alpha` `"off"` as in the paper',
  },
  {
    names: ['clip', 'probability_margin', 'asymmetric_clip'],
    here: 'here it is `margin`, by which the probabilities of negatives are shifted',
  },
  {
    names: ['disable_torch_grad_focal_loss', 'detach_weight', 'stop_gradient', 'detached'],
    here: 'here it is `focusing`: `"detached"`, with which derivatives take the modulating factor for a constant',
  },
  {
    names: ['poly1_epsilon', 'poly_eps', 'poly', 'poly1', 'poly_loss', 'epsilon1', 'eps1'],
    here: 'here it is `poly_epsilon`; `epsilon` is where probabilities are clamped',
  },
  {
    names: ['varifocal', 'vfl', 'use_vfl', 'use_varifocal', 'iou_weighted'],
    here: 'here it is `soft_labels`: `"varifocal"`, with the quality of the match as labels, by which their loss is multiplied',
  },
  {
    names: ['matchability', 'mal', 'use_mal'],
    here: 'here it is `soft_labels`: `"matchability"`, with the quality of the match as labels',
  },
  {
    names: ['quality', 'qfl', 'use_qfl', 'quality_focal_loss'],
    here: 'here it is `soft_labels`: `"quality"`, with the quality of the match as labels',
  },
  {
    names: ['ious', 'iou', 'iou_scores', 'gt_score', 'quality_scores'],
    here: 'here it is `labels`: the quality at the class of a matched box, 0 elsewhere; `soft_labels` says which loss they have',
  },
  {
    names: ['mal_alpha', 'vfl_alpha'],
    here: 'here it is `alpha`, which with these `soft_labels` weights negatives alone',
  },
  {
    names: ['focal_alpha', 'focal_loss_alpha', 'apply_class_balancing'],
    here: 'here it is `alpha`: a number turns it on, and `"off"` off',
  },
  { names: ['balanced', 'is_unbalance', 'auto_balance'], here: 'here it is `alpha`: `{"balanced": true}`' },
  {
    names: ['class_counts', 'samples_per_cls', 'samples_per_class', 'cls_num_list', 'class_frequencies'],
    here: 'here it is in `alpha`: `{"effective_number": {"beta": 0.999, "class_counts": […]}}`',
  },
  {
    names: ['effective_number'],
    here: 'here it is in `alpha`: `{"effective_number": {"beta": 0.999}}`',
  },
  {
    names: ['beta'],
    here: 'that of class-balanced loss is in `alpha`, `{"effective_number": {"beta": 0.999}}`; that of Quality Focal Loss is `gamma`',
  },
  { names: ['smoothing', 'label_smooth', 'smooth_factor'], here: 'here it is `label_smoothing`' },
  {
    names: ['eps', 'clip_eps'],
    here: 'here it is `epsilon`, and only `probabilities` need it; that of label smoothing is `label_smoothing`, that of Poly-1 `poly_epsilon`',
  },
  {
    names: ['size_average', 'reduce', 'average', 'reduction_override', 'ragged_reduction'],
    here: 'here it is `reduction`: `mean`, `sum` or `none`',
  },
  {
    names: ['avg_factor', 'num_boxes', 'num_pos', 'num_foreground', 'normalize', 'normalized'],
    here: 'here it is `normalizer`, what a mean divides by: a number, or `positives` to have them counted',
  },
  {
    names: ['loss_weight', 'lambda_focal', 'focal_weight', 'scale'],
    here: 'multiply the loss and the gradients, which are linear in it',
  },
  { names: ['temperature'], here: 'divide the logits by it, and their gradients too' },
  { names: ['names', 'categories', 'class_labels'], here: 'here it is `class_names`' },
  {
    names: ['loss', 'loss_fn', 'loss_name', 'criterion'],
    here: 'not needed: the loss is focal loss, and `gamma`, `margin`, `poly_epsilon` and `soft_labels` make the others of its family',
  },
  {
    names: [
      'gradients',
      'grad',
      'return_gradients',
      'hessian',
      'elementwise',
      'per_class',
      'difficulty',
      'posterior',
      'calibration',
    ],
    here: 'here it is an item of `outputs`: `["loss", "gradients"]`',
  },
  {
    names: ['dtype', 'grad_dtype'],
    here: 'tensors have their own; that of the gradients is `gradients_dtype`',
  },
  {
    names: ['timeout', 'timeout_ms', 'deadline'],
    here: 'under `/v2` a request has a parameter `timeout`; else the setting `REQUEST_TIMEOUT_MS` holds, or the client stops waiting',
  },
];

/** What to say of a foreign name, as text. */
export const FOREIGN_NAME_HINTS: Readonly<Record<string, string>> = Object.fromEntries(
  FOREIGN_NAMES.flatMap(({ names, here }) => names.map((name) => [name, plainText(here)])),
);

/** Names in quotes, and code as it is. */
function plainText(markdown: string): string {
  return markdown.replaceAll(/`(\w+)`/g, '"$1"').replaceAll('`', '');
}
