import { COMPRESSION_SHAPES } from './compression-shapes.ts';
import { CONNECTION_SHAPES } from './connection-shapes.ts';
import { HEADER_SHAPES } from './header-shapes.ts';
import type { HostileShape } from './hostile-shape.ts';
import { INFERENCE_SHAPES } from './inference-shapes.ts';
import { LENGTH_SHAPES } from './length-shapes.ts';
import { METADATA_SHAPES } from './metadata-shapes.ts';
import { NUMBER_SHAPES } from './number-shapes.ts';
import { STRUCTURE_SHAPES } from './structure-shapes.ts';
import { SWEEP_SHAPES } from './sweep-shapes.ts';
import { UPLOAD_SHAPES } from './upload-shapes.ts';

export const HOSTILE_SHAPES: readonly HostileShape[] = [
  ...STRUCTURE_SHAPES,
  ...NUMBER_SHAPES,
  ...METADATA_SHAPES,
  ...SWEEP_SHAPES,
  ...INFERENCE_SHAPES,
  ...COMPRESSION_SHAPES,
  ...HEADER_SHAPES,
  ...LENGTH_SHAPES,
  ...UPLOAD_SHAPES,
  ...CONNECTION_SHAPES,
];
