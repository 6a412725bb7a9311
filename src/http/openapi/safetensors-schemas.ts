// JSON Schema has no words for what is in a file: it is told in the descriptions.

const FILE = { type: 'string', format: 'binary' };

export const REQUEST_FILE = {
  ...FILE,
  description:
    'A safetensors file. Tensors: `logits` or `probabilities` (F64, F32, F16, BF16); `labels` (any integer type, BOOL or ' +
    'any float); where wanted `sample_weights`, `class_weights`, `gamma` and `alpha`. All other fields of ' +
    '`FocalLossRequest` go into `__metadata__`, each value JSON or a bare word: `{"activation": "softmax", "gamma": "1.5", ' +
    '"outputs": "[\\"loss\\", \\"gradients\\"]"}`. The metadata `format`, which libraries add, is ignored.',
};

export const SWEEP_FILE = {
  ...FILE,
  description:
    'A safetensors file as `FocalLossRequestFile`, with `gammas` and `alphas` in its `__metadata__` as JSON: ' +
    '`{"gammas": "[0, 1, 2]", "alphas": "[null, 0.25]"}`.',
};

export const RESPONSE_FILE = {
  ...FILE,
  description:
    'A safetensors file with what was requested: `gradients` (F32, or as `gradients_dtype` says), `elementwise` and ' +
    '`hessian_diagonal` (F32); the breakdown as tensors of `[classes]`, named by their place in `FocalLossResponse`: ' +
    '`per_class.positives` and the other counts (I64), `per_class.loss.total`, `per_class.mean_pt.positive` and so on ' +
    '(F64; NaN where JSON has null); `alpha` (F64, `[classes]`) where it was a scheme. `__metadata__.response` is all ' +
    'the rest of `FocalLossResponse` as JSON, `difficulty` among it, and ' +
    '`class_names` if they were given.',
};
