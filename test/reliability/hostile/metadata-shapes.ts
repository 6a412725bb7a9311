import { INFER, type Request, V1 } from '../request-formats.ts';
import {
  type HostileShape,
  inference,
  joined,
  list,
  nested,
  repeated,
  SWEEP,
  safetensors,
  zipped,
} from './hostile-shape.ts';

// JSON inside of JSON: safetensors metadata and Open Inference parameters whose texts are options. The header of a
// safetensors file may have 4 MiB.

const TENSORS =
  '"logits":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"labels":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}';
const DATA = Buffer.alloc(5);

/** An option as metadata; the value must need no escapes. */
export function metadata(name: string, value: Buffer, path = V1): Request {
  return safetensors(joined(`{"__metadata__":{"${name}":"`, value, `"},${TENSORS}}`), DATA, path);
}

/** An option as a parameter of Open Inference. */
export function parameter(name: string, value: Buffer): Request {
  const inputs = '"inputs":[{"name":"logits","datatype":"FP32","shape":[1],"data":[1]},{"name":"labels"';
  return inference(
    joined(`{"parameters":{"${name}":"`, value, `"},${inputs},"datatype":"INT64","shape":[1],"data":[1]}]}`),
  );
}

/** Objects in each other, with their quotes escaped. */
export function nestedObjects(depth: number): Buffer {
  return joined(repeated('{\\"a\\":', depth), '1', repeated('}', depth));
}

/** So many metadata. */
export function manyMetadata(count: number): Request {
  const members = Array.from({ length: count }, (_, i) => `"k${i}":""`);
  return safetensors(`{"__metadata__":{${members.join(',')}},${TENSORS}}`, DATA);
}

export function manyTensors(count: number): Request {
  const members = Array.from({ length: count }, (_, i) => `"t${i}":{"dtype":"U8","shape":[0],"data_offsets":[5,5]}`);
  return safetensors(`{${TENSORS},${members.join(',')}}`, DATA);
}

/** A tensor whose name has so many bytes. */
export function longTensorName(bytes: number): Request {
  return safetensors(joined('{"', repeated('~', bytes), `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`));
}

/** A tensor of so many axes. */
export function longTensorShape(axes: number): Request {
  return safetensors(joined('{"logits":{"dtype":"U8","shape":', list('1', axes), ',"data_offsets":[0,1]}}'), '\0');
}

const REJECTED = [400, 422];

export const METADATA_SHAPES: readonly HostileShape[] = [
  zipped('metadata: alpha 2 million deep', V1, () => metadata('alpha', nested(2_000_000)), REJECTED),
  zipped('metadata: alpha of 2 million zeros', V1, () => metadata('alpha', list('0', 2_000_000)), REJECTED),
  zipped(
    'metadata: class_names of a million arrays',
    V1,
    () => metadata('class_names', list('[]', 1_300_000)),
    REJECTED,
  ),
  zipped('metadata: alpha of objects 500 000 deep', V1, () => metadata('alpha', nestedObjects(500_000)), REJECTED),
  zipped('metadata: gammas 2 million deep', SWEEP, () => metadata('gammas', nested(2_000_000), SWEEP), REJECTED),
  zipped('metadata: a text of 4 MB as reduction', V1, () => metadata('reduction', repeated('~', 4_000_000)), REJECTED),
  zipped('100 000 metadata', V1, () => manyMetadata(100_000), REJECTED),
  zipped('50 000 tensors in a file', V1, () => manyTensors(50_000), REJECTED),
  zipped('name of a tensor of 4 MB', V1, () => longTensorName(4_000_000), REJECTED),
  zipped('a tensor of a million axes', V1, () => longTensorShape(1_000_000), REJECTED),
  zipped('parameter: alpha 10 million deep', INFER, () => parameter('alpha', nested(10_000_000)), REJECTED),
  zipped('parameter: alpha of 8 million zeros', INFER, () => parameter('alpha', list('0', 8_000_000)), REJECTED),
];
