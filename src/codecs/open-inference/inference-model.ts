import type { z } from 'zod';
import { BINS } from '../../loss/difficulty.ts';
import { CALIBRATION_TENSORS } from '../calibration-tensors.ts';
import { GAMMA_SIDES } from '../gamma-field.ts';
import { ARRAY_NAMES, DIFFICULTY_TENSORS, PER_CLASS_TENSORS, PRIOR_TENSORS } from '../response-tensors.ts';
import { datatypeOf } from './inference-datatype.ts';
import type { modelMetadataSchema, TensorMetadata } from './inference-schema.ts';

export const MODEL_NAME = 'focal-loss';
export const MODEL_VERSION = '1';
/** Those that every request has. It also has either logits or probabilities. */
export const REQUIRED_INPUTS: readonly string[] = ['labels'];

/**
 * The model's inputs and outputs. The protocol allows one datatype and one rank for each; these are the most usual ones.
 * Predictions may have 1 to 5 axes and any FP datatype; labels may have the shape of the predictions, and any datatype.
 */
export const MODEL_METADATA: z.output<typeof modelMetadataSchema> = {
  name: MODEL_NAME,
  versions: [MODEL_VERSION],
  platform: 'tensorflow.js',
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [-1, -1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, -1] },
    { name: 'labels', datatype: 'INT64', shape: [-1] },
    { name: 'sample_weights', datatype: 'FP32', shape: [-1] },
    { name: 'element_weights', datatype: 'FP32', shape: [-1, -1] },
    { name: 'class_weights', datatype: 'FP64', shape: [-1] },
    { name: 'gamma', datatype: 'FP64', shape: [-1] },
    ...GAMMA_SIDES.map((name): TensorMetadata => ({ name, datatype: 'FP64', shape: [-1] })),
    { name: 'alpha', datatype: 'FP64', shape: [-1] },
  ],
  outputs: [
    ...['loss', 'sum', 'denominator'].map((name): TensorMetadata => ({ name, datatype: 'FP64', shape: [1] })),
    ...Object.values(ARRAY_NAMES).map((name): TensorMetadata => ({ name, datatype: 'FP32', shape: [-1, -1] })),
    { name: 'alpha', datatype: 'FP64', shape: [-1] },
    ...[...PER_CLASS_TENSORS, ...PRIOR_TENSORS].map(({ name, dtype }) => ({
      name,
      datatype: datatypeOf(dtype),
      shape: [-1],
    })),
    ...DIFFICULTY_TENSORS.map(({ name, dtype }) => ({ name, datatype: datatypeOf(dtype), shape: [BINS] })),
    ...CALIBRATION_TENSORS.map(({ name, dtype, length }) => ({ name, datatype: datatypeOf(dtype), shape: [length] })),
  ],
};
