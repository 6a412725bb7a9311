// What the documentation shows as request and answer. A test sends the one and compares the other.

export const EXAMPLE_INFERENCE_REQUEST = {
  id: 'step-17',
  parameters: { gamma: 2, activation: 'sigmoid' },
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [2, 2], data: [2.2, -1.3, -3.1, 0.4] },
    { name: 'labels', datatype: 'INT64', shape: [2], data: [0, 1] },
  ],
  outputs: [{ name: 'loss' }, { name: 'gradients' }],
};

export const EXAMPLE_INFERENCE_RESPONSE = {};
