import { COMPRESSION_SHAPES } from './compression-shapes.ts';
import { CONNECTION_SHAPES } from './connection-shapes.ts';
import { HEADER_SHAPES } from './header-shapes.ts';
import type { HostileShape } from './hostile-shape.ts';
import { INFERENCE_SHAPES } from './inference-shapes.ts';
import { LENGTH_SHAPES } from './length-shapes.ts';
import { METADATA_SHAPES } from './metadata-shapes.ts';
import { NPZ_SHAPES } from './npz-shapes.ts';
import { NUMBER_SHAPES } from './number-shapes.ts';
import { STRUCTURE_SHAPES } from './structure-shapes.ts';
import { SWEEP_SHAPES } from './sweep-shapes.ts';
import { UPLOAD_SHAPES } from './upload-shapes.ts';

/** All shapes, by kind. */
export const HOSTILE_SHAPES: Readonly<Record<string, readonly HostileShape[]>> = {
  structure: STRUCTURE_SHAPES,
  numbers: NUMBER_SHAPES,
  'JSON inside of JSON': METADATA_SHAPES,
  'sweeps and classes': SWEEP_SHAPES,
  'Open Inference': INFERENCE_SHAPES,
  compression: COMPRESSION_SHAPES,
  npz: NPZ_SHAPES,
  headers: HEADER_SHAPES,
  lengths: LENGTH_SHAPES,
  uploads: UPLOAD_SHAPES,
  connections: CONNECTION_SHAPES,
};
