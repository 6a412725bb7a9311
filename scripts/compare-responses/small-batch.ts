import type { Tensor } from './tensor.ts';

// A sound batch, to be sent with one thing wrong.

export const LOGITS: Tensor = { dtype: 'F32', shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
export const LABELS: Tensor = { dtype: 'I32', shape: [3], values: Int32Array.of(1, 0, 1) };
export const TENSORS = { logits: LOGITS, labels: LABELS };
