// JSON Schema cannot describe the contents of a file, so the text does.

const FILE = { type: 'string', format: 'binary' };

export const SAFETENSORS_REQUEST = {
  ...FILE,
  description:
    'A safetensors file. Tensors: `logits` or `probabilities` (any float or integer type); `labels` (any integer type, BOOL or ' +
    'any float); optionally `sample_weights`, `element_weights`, `class_weights`, `gamma` (or `gamma.positive` and `gamma.negative`) ' +
    'and `alpha`. All other fields of ' +
    '`FocalLossRequest` are in `__metadata__`, each value as JSON or a bare word: `{"activation": "softmax", "gamma": "1.5", ' +
    '"outputs": "[\\"loss\\", \\"gradients\\"]"}`. The metadata field `format`, which libraries add, is ignored.',
};

export const SAFETENSORS_SWEEP = {
  ...FILE,
  description:
    'A safetensors file like `FocalLossRequestFile`, with `gammas` and `alphas` in its `__metadata__` as JSON: ' +
    '`{"gammas": "[0, 1, 2]", "alphas": "[null, 0.25]"}`.',
};

export const SAFETENSORS_RESPONSE = {
  ...FILE,
  description:
    'A safetensors file with what was requested: `gradients` (F32, or as `gradients_dtype` says), `elementwise`, ' +
    '`hessian_diagonal` and `posterior` (F32); the breakdown as tensors of `[classes]`, named by their path in `FocalLossResponse`: ' +
    '`per_class.positives` and the other counts (I64), `per_class.loss.total`, `per_class.mean_pt.positive` and so on ' +
    '(F64; NaN where JSON has null); `alpha` (F64, `[classes]`) if the request had a scheme. `__metadata__.response` is ' +
    'the rest of `FocalLossResponse` as JSON, which includes `difficulty` and `calibration`, and `class_names` if they were given.',
};

export const NPZ_REQUEST = {
  ...FILE,
  description:
    'What `numpy.savez` or `numpy.savez_compressed` writes, without pickled objects: arrays with the names of the tensors of ' +
    '`FocalLossRequestFile`. All other fields of `FocalLossRequest` are arrays without axes (`activation="softmax"`), lists of ' +
    'strings (`class_names=["ship"]`), or members of a JSON object whose text is the array `options` ' +
    '(`options=json.dumps({"alpha": {"balanced": True}})`). Arrays may be in Fortran order or big endian.',
};

export const NPZ_SWEEP = {
  ...FILE,
  description:
    'An npz file like `FocalLossRequestNpz`, with `gammas` and `alphas` as arrays of one axis, or as JSON: ' +
    '`gammas=[0, 1, 2], alphas="[null, 0.25]"`.',
};

export const NPZ_RESPONSE = {
  ...FILE,
  description:
    'An npz file, which `numpy.load` reads without pickle: the arrays of `FocalLossResponseFile`, with the same names and types ' +
    '(BF16 is raw data, `|V2`), and the string `response`, which is the rest of `FocalLossResponse` as JSON.',
};
