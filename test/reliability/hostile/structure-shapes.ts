import { INFER, type Request, V1 } from '../request-formats.ts';
import { type HostileShape, inference, joined, json, list, nested, repeated, zipped } from './hostile-shape.ts';

// JSON that is deep, long, or has long names, in both protocols.

/** A shape of so many axes, and data of which every row is wrong. */
export function longShape(axes: number): Request {
  const input = joined('{"name":"logits","datatype":"FP32","shape":[20', repeated(',1', axes - 1), '],"data":');
  return inference(joined('{"inputs":[', input, list('[5,null]', 20), '}]}'));
}

export function deepInferenceData(depth: number): Request {
  const input = joined('{"name":"logits","datatype":"FP32","shape":', list('1', depth), ',"data":', nested(depth, '1'));
  return inference(joined('{"inputs":[', input, '},{"name":"labels","datatype":"INT64","shape":[1],"data":[1]}]}'));
}

export function deepLogits(depth: number): Request {
  return json(joined('{"logits":', nested(depth, '1'), ',"labels":', nested(depth, '1'), '}'));
}

/** A name of so many bytes, as a member or in an object of the Open Inference Protocol. */
export function longName(bytes: number, place: 'member' | 'input' | 'output' | 'parameter' | 'id'): Request {
  const name = joined('"', repeated('~', bytes), '"');
  const tensor = '"datatype":"FP32","shape":[1],"data":[1]';
  switch (place) {
    case 'member':
      return json(joined('{"logits":[1],"labels":[1],', name, ':1}'));
    case 'input':
      return inference(joined('{"inputs":[{"name":', name, `,${tensor}}]}`));
    case 'output':
      return inference(joined(`{"inputs":[{"name":"logits",${tensor}}],"outputs":[{"name":`, name, '}]}'));
    case 'parameter':
      return inference(joined(`{"inputs":[{"name":"logits",${tensor}}],"parameters":{`, name, ':1}}'));
    case 'id':
      return inference(joined('{"id":', name, `,"inputs":[{"name":"logits",${tensor}}]}`));
  }
}

export function longText(bytes: number, field: string): Request {
  return json(joined(`{"logits":[1],"labels":[1],"${field}":"`, repeated('~', bytes), '"}'));
}

/** So many names, which differ. */
export function manyMembers(count: number): Request {
  const names = Array.from({ length: count }, (_, i) => `"k${i}":1`);
  return json(`{"logits":[1],"labels":[1],${names.join(',')}}`);
}

export function raggedRows(count: number): Request {
  return json(joined('{"logits":', list('[1,"x"],[2]', count), ',"labels":', list('0', count), '}'));
}

export function emptyArrays(count: number): Request {
  return json(joined('{"logits":', list('[]', count), ',"labels":[0],"class_names":', list('{}', count), '}'));
}

function repeatedMember(count: number): Request {
  return json(joined('{"logits":[1],', repeated('"labels":[1],', count), '"labels":[1]}'));
}

export const STRUCTURE_SHAPES: readonly HostileShape[] = [
  zipped('Open Inference shape of 3 million axes', INFER, () => longShape(3_000_000), [400, 413]),
  zipped('Open Inference shape of 10 million axes', INFER, () => longShape(10_000_000), [400, 413]),
  zipped('Open Inference data 3000 deep', INFER, () => deepInferenceData(3000), [400]),
  zipped('logits 16 000 deep', V1, () => deepLogits(16_000), [400, 422]),
  zipped('logits 10 million deep', V1, () => deepLogits(10_000_000), [400]),
  zipped('60 MB of closing brackets', V1, () => json(repeated(']', 60_000_000)), [400]),
  zipped('name of a member of 60 MB', V1, () => longName(60_000_000, 'member'), [400, 422]),
  zipped('name of an input of 30 MB', INFER, () => longName(30_000_000, 'input'), [400]),
  zipped('name of an output of 8 MB', INFER, () => longName(8_000_000, 'output'), [400]),
  zipped('name of a parameter of 8 MB', INFER, () => longName(8_000_000, 'parameter'), [400]),
  zipped('Open Inference id of 8 MB', INFER, () => longName(8_000_000, 'id'), [400]),
  zipped('text of 60 MB as gamma', V1, () => longText(60_000_000, 'gamma'), [400, 422]),
  zipped('text of 8 MB as reduction', V1, () => longText(8_000_000, 'reduction'), [400, 422]),
  zipped('250 000 unknown members', V1, () => manyMembers(250_000), [400, 422]),
  zipped('one member 4 million times', V1, () => repeatedMember(4_000_000), [400]),
  zipped('4 million rows of unequal length', V1, () => raggedRows(2_000_000), [400, 413, 422]),
  zipped('4 million empty arrays and objects', V1, () => emptyArrays(2_000_000), [400, 413, 422]),
];
