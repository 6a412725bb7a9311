import { INFER, inferenceRequest, post, postJson, type ServiceRequest } from './formats.ts';
import { TENSORS } from './small-batch.ts';

/** Requests of the Open Inference Protocol whose envelope, inputs, outputs or lengths are wrong. */
export function* rejectedInferences(): Generator<ServiceRequest> {
  const binary = inferenceRequest({ name: 'binary', tensors: TENSORS, options: {} }, () => true);
  const body = binary.body!;
  const length = Number(binary.headers['inference-header-content-length']);
  const withLength = (bytes: Buffer, jsonBytes: string): ServiceRequest => ({
    ...binary,
    name: `${bytes.length} bytes, of which ${jsonBytes} are JSON`,
    headers: { ...binary.headers, 'inference-header-content-length': jsonBytes },
    body: bytes,
  });
  for (const jsonBytes of ['0', '-1', '1e2', 'x', '9999', String(length - 1), String(length + 1)]) {
    yield withLength(body, jsonBytes);
  }
  yield withLength(Buffer.concat([body, Buffer.alloc(1)]), String(length));
  yield withLength(body.subarray(0, -1), String(length));
  yield withLength(body.subarray(0, length), String(length));
  yield post('no length', INFER, body, 'application/octet-stream');
  const input = { name: 'logits', datatype: 'FP32', shape: [3, 2], data: [1, 2, 3, 4, 5, 6] };
  const labels = { name: 'labels', datatype: 'INT64', shape: [3], data: [1, 0, 1] };
  for (const change of [
    { datatype: 'BYTES' },
    { datatype: 'INT64' },
    { datatype: 'FP16' },
    { shape: [3, -2] },
    { shape: [2, 2] },
    { data: [[1, 2], [3], [4, 5]] },
    { data: undefined },
    { data: 7 },
    { data: [1, 2, 3, 4, 5, 'six'] },
    { data: [1, 2, 3, 4, 5, null] },
    { parameters: { binary_data_size: 24 } },
    { data: undefined, parameters: { shared_memory_region: 'x' } },
    { sahpe: 1 },
    { name: 'logit' },
    { name: 'labels' },
  ]) {
    yield postJson(`input ${JSON.stringify(change)}`, INFER, { inputs: [{ ...input, ...change }, labels] });
  }
  const ofLabels = [
    { datatype: 'UINT8', data: [0, 1, 256] },
    { data: [0, 1, true] },
    { datatype: 'BOOL', data: [0, 1, 0.5] },
  ];
  for (const change of ofLabels) {
    yield postJson(`labels ${JSON.stringify(change)}`, INFER, { inputs: [input, { ...labels, ...change }] });
  }
  for (const rest of [
    { outputs: [{ name: 'los' }] },
    { outputs: [{ name: 'loss' }, { name: 'loss' }] },
    { outputs: [{ name: 'loss', parameters: { classification: 2 } }] },
    { outputs: [{ name: 'loss' }], parameters: { outputs: '["loss"]' } },
    { parameters: { gama: 2 } },
    { parameters: { timeout: -1 } },
    { parameters: { binary_data_output: 1 } },
    { parameters: { reduction: 'max' } },
    { parameters: { labels: 1 } },
    { inputs: new Array(3000).fill({}) },
    { inputs: [] },
    { id: 7 },
    { unknown: 1 },
  ]) {
    yield postJson(`request ${JSON.stringify(rest).slice(0, 80)}`, INFER, { inputs: [input, labels], ...rest });
  }
}
