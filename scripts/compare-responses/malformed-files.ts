import { post, ROUTE, rawSafetensors, SAFETENSORS, type ServiceRequest, safetensorsFile } from './formats.ts';
import { LABELS, LOGITS, TENSORS } from './small-batch.ts';
import type { Tensor } from './tensor.ts';

/** safetensors files that are none, or whose header says what is not so, or whose tensors are wrong. */
export function* malformedFiles(): Generator<ServiceRequest> {
  const file = (name: string, body: Buffer) => post(`file: ${name}`, ROUTE, body, SAFETENSORS);
  const sound = safetensorsFile(TENSORS, {});
  const data = Buffer.alloc(36);
  const header = (changes: object, others: object = {}) =>
    JSON.stringify({
      logits: { dtype: 'F32', shape: [3, 2], data_offsets: [0, 24], ...changes },
      labels: { dtype: 'I32', shape: [3], data_offsets: [24, 36] },
      ...others,
    });
  yield file('empty', Buffer.alloc(0));
  yield file('seven bytes', Buffer.alloc(7));
  yield file('only a length', sound.subarray(0, 8));
  yield file('a header cut short', sound.subarray(0, 40));
  yield file('data cut short', sound.subarray(0, -1));
  yield file('a byte too many', Buffer.concat([sound, Buffer.alloc(1)]));
  yield file('a length beyond any file', Buffer.alloc(16, 0xff));
  for (const text of ['', '{', 'null', '[]', '{}', '{"a":1}', '{"__metadata__":{"gamma":2}}', '{"__metadata__":[]}']) {
    yield file(`header ${text}`, rawSafetensors(text));
  }
  for (const changes of [
    { dtype: 'F8_E4M3' },
    { dtype: 'F64' },
    { dtype: 7 },
    { shape: [3, 3] },
    { shape: [3, -2] },
    { shape: [1.5, 4] },
    { shape: 6 },
    { shape: [2 ** 53, 2] },
    { data_offsets: [24, 0] },
    { data_offsets: [0, 23] },
    { data_offsets: [4, 28] },
    { data_offsets: [0] },
    { strides: [2, 1] },
    { shape: undefined },
  ]) {
    yield file(JSON.stringify(changes), rawSafetensors(header(changes), [data]));
  }
  yield file('a tensor twice', rawSafetensors(header({}).replace('"labels"', '"logits"'), [data]));
  yield file('tensor and metadata', safetensorsFile({ ...TENSORS, gamma: LABELS }, { gamma: '2' }));
  for (const metadata of [{ gama: '2' }, { gamma: 'two' }, { gamma: '-1' }, { outputs: '["los"]' }, { alpha: '{' }]) {
    yield file(JSON.stringify(metadata), safetensorsFile(TENSORS, metadata as Record<string, string>));
  }
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const logits = { ...LOGITS, values: Float32Array.of(1, 2, 3, number, 5, 6) };
    yield file(`logits of ${number}`, safetensorsFile({ ...TENSORS, logits }, {}));
  }
  const integers: Tensor = { dtype: 'I32', shape: [3, 2], values: new Int32Array(6) };
  yield file('logits that are integers', safetensorsFile({ ...TENSORS, logits: integers }, {}));
  yield file(
    'labels out of range',
    safetensorsFile({ ...TENSORS, labels: { ...LABELS, values: Int32Array.of(1, 0, 2) } }, {}),
  );
  yield file('labels of another shape', safetensorsFile({ ...TENSORS, labels: { ...LABELS, shape: [3, 1] } }, {}));
  yield file('no labels', safetensorsFile({ logits: LOGITS }, {}));
  yield file('an unknown tensor', safetensorsFile({ ...TENSORS, logit: LABELS }, {}));
}
