// The request and response that the documentation shows. A test sends the request and compares the response.

export const EXAMPLE_INFERENCE_REQUEST = {
  id: 'step-17',
  parameters: { gamma: 2, activation: 'sigmoid' },
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [2, 2], data: [2.2, -1.3, -3.1, 0.4] },
    { name: 'labels', datatype: 'INT64', shape: [2], data: [0, 1] },
  ],
  outputs: [{ name: 'loss' }, { name: 'gradients' }],
};

export const EXAMPLE_INFERENCE_RESPONSE = {
  model_name: 'focal-loss',
  model_version: '1',
  id: 'step-17',
  outputs: [
    { name: 'loss', datatype: 'FP64', shape: [1], data: [0.007317245088810043] },
    {
      name: 'gradients',
      datatype: 'FP32',
      shape: [2, 2],
      data: [-0.00017969546, 0.0050993757, 4.4401237e-5, -0.0102225905],
    },
  ],
  parameters: {
    engine: 'wasm',
    device: 'AMD EPYC (x64, SIMD)',
    samples: 2,
    classes: 2,
    elements: 4,
    ignored: 0,
    positives: 2,
    options:
      '{"activation":"sigmoid","class_axis":-1,"label_smoothing":0,"soft_labels":"interpolated","margin":0,"poly_epsilon":0,"focusing":"differentiated",' +
      '"ignore_index":-100,"background_index":null,"reduction":"mean","normalizer":"elements",' +
      '"epsilon":1e-7,"warnings":true,"class_weights":null,"gamma":2,"alpha":0.25,"hessian_form":"exact","outputs":["loss","gradients"],"gradients_dtype":"F32"}',
    queue_ms: 0.16,
    decode_ms: 0.11,
    compute_ms: 0.09,
    encode_ms: 0.06,
  },
};
