import { gzipSync } from 'node:zlib';
import { INFER, inferenceRequest, post, rawSafetensors, type ServiceRequest, safetensorsFile } from './formats.ts';
import { realBatches } from './read-batches.ts';
import type { Tensor } from './tensor.ts';
import { INDICES, ROWS, WRONG_BODIES, WRONG_FIELDS, WRONG_SWEEPS } from './wrong-fields.ts';

// What is wrong with the request itself: each kind of refusal, at least once.

const JSON_TYPE = 'application/json';
const SAFETENSORS = 'application/vnd.safetensors';
const ROUTE = '/v1/focal-loss';

export function* refusedRequests(): Generator<ServiceRequest> {
  for (const [i, fields] of WRONG_FIELDS.entries()) {
    yield postJson(`field ${i}`, ROUTE, fields);
    if (i % 3 === 0) yield inferenceWith(`field ${i}, Open Inference`, fields);
  }
  for (const body of WRONG_BODIES) {
    const name = `body ${JSON.stringify(body.slice(0, 40))}`;
    yield post(name, ROUTE, Buffer.from(body), JSON_TYPE);
    yield post(name, `${ROUTE}/sweep`, Buffer.from(body), JSON_TYPE);
    yield post(name, INFER, Buffer.from(body), JSON_TYPE);
  }
  yield post('not UTF-8', ROUTE, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), JSON_TYPE);
  for (const [i, fields] of WRONG_SWEEPS.entries()) {
    yield postJson(`sweep ${i}`, `${ROUTE}/sweep`, { ...ROWS, gammas: [1, 2], ...fields });
  }
  yield* wrongFiles();
  yield* wrongInferences();
  yield* wrongHttp();
}

function postJson(name: string, path: string, body: unknown): ServiceRequest {
  return post(name, path, Buffer.from(JSON.stringify(body)), JSON_TYPE);
}

/** The fields as parameters of a sound batch, where they can be said so. */
function inferenceWith(name: string, { logits: _, labels: __, ...options }: Record<string, unknown>): ServiceRequest {
  return inferenceRequest({ name, tensors: TENSORS, options }, () => true);
}

const LOGITS: Tensor = { dtype: 'F32', shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
const LABELS: Tensor = { dtype: 'I32', shape: [3], values: Int32Array.of(1, 0, 1) };
const TENSORS = { logits: LOGITS, labels: LABELS };

function* wrongFiles(): Generator<ServiceRequest> {
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

function* wrongInferences(): Generator<ServiceRequest> {
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

function* wrongHttp(): Generator<ServiceRequest> {
  const good = postJson('good', ROUTE, INDICES);
  const changed = (name: string, change: Partial<ServiceRequest>): ServiceRequest => ({ ...good, name, ...change });
  for (const path of [
    '/v1/focal-los',
    '/nowhere',
    '/v1/%E0%A4%A',
    '/v2/models/other/infer',
    '/v2/models/focal-loss/versions/2/infer',
  ]) {
    yield changed(`POST ${path}`, { path });
    yield { name: `GET ${path}`, method: 'GET', path, headers: {} };
  }
  for (const path of [ROUTE, `${ROUTE}/sweep`, INFER]) {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      yield { name: `${method} ${path}`, method, path, headers: {} };
  }
  for (const path of ['/health/live', '/v1/engine', '/metrics', '/', '/v2']) yield changed(`POST ${path}`, { path });
  for (const accept of ['text/csv', 'application/json;q=0', 'image/*', 'text/csv, application/json']) {
    yield changed(`accept ${accept}`, { headers: { ...good.headers, accept } });
    yield changed(`sweep, accept ${accept}`, { path: `${ROUTE}/sweep`, headers: { ...good.headers, accept } });
  }
  yield changed('no content type', { headers: {} });
  for (const type of [
    'text/csv',
    'text/plain',
    'application/json; charset=latin1',
    'nonsense',
    'multipart/form-data',
  ]) {
    const headers = { ...good.headers, 'content-type': type };
    yield changed(`type ${type}`, { headers });
    yield changed(`sweep, type ${type}`, { path: `${ROUTE}/sweep`, headers });
    yield changed(`Open Inference, type ${type}`, { path: INFER, headers });
  }
  for (const encoding of ['br', 'gzip', 'deflate', 'zstd', 'gzip, gzip']) {
    yield changed(`encoding ${encoding}`, { headers: { ...good.headers, 'content-encoding': encoding } });
  }
  const cut = gzipSync(good.body!).subarray(0, -9);
  yield changed('gzip cut short', { headers: { ...good.headers, 'content-encoding': 'gzip' }, body: cut });
  yield changed('a forged request id', { headers: { ...good.headers, 'x-request-id': '{"level":60}' } });
}

/** Settings under which `limitedRequests` are refused. */
export const LIMITED = {
  API_KEYS: 'the-key-of-this-comparison',
  MAX_JSON_BYTES: '20000',
  MAX_BODY_BYTES: '100000000',
  MEMORY_BUDGET_BYTES: '67108864',
  UPLOAD_TIMEOUT_MS: '10000',
  DRAIN_DELAY_MS: '3000',
};

export function* limitedRequests(checkout: string): Generator<ServiceRequest> {
  const good = postJson('good', ROUTE, INDICES);
  const key = { authorization: `Bearer ${LIMITED.API_KEYS}` };
  const keyed = (request: ServiceRequest): ServiceRequest => ({ ...request, headers: { ...request.headers, ...key } });
  for (const headers of [
    {},
    { authorization: 'Bearer wrong' },
    { 'x-api-key': 'wrong' },
    { authorization: 'Basic eA==' },
    key,
  ]) {
    for (const path of [ROUTE, `${ROUTE}/sweep`, INFER, '/nowhere']) {
      const name = `${path} with ${JSON.stringify(headers)}`;
      yield { ...good, name, path, headers: { ...good.headers, ...headers } };
    }
    for (const path of ['/v1/engine', '/v2', '/metrics', '/health/ready', '/v2/health/ready']) {
      if (path !== '/metrics' || headers !== key) yield { name: path, method: 'GET', path, headers: { ...headers } };
    }
  }
  const spaces = Buffer.from(`{"logits": [1${' '.repeat(20_000)}], "labels": [1]}`);
  const encodings = { identity: spaces, gzip: gzipSync(spaces) };
  for (const path of [ROUTE, `${ROUTE}/sweep`, INFER]) {
    for (const [encoding, body] of Object.entries(encodings)) {
      const large = keyed(post(`${path}, JSON too large, ${encoding}`, path, body, JSON_TYPE));
      yield { ...large, headers: { ...large.headers, 'content-encoding': encoding } };
    }
  }
  yield keyed(post('a file too large', ROUTE, Buffer.alloc(100_000_001), SAFETENSORS));
  yield keyed(post('a body beyond the memory', ROUTE, Buffer.alloc(80_000_000), SAFETENSORS));
  const logits: Tensor = { dtype: 'F32', shape: [9_000_000], values: new Float32Array(9_000_000) };
  const labels: Tensor = { dtype: 'U8', shape: [9_000_000], values: new Uint8Array(9_000_000) };
  const beyond = safetensorsFile({ logits, labels }, {});
  yield keyed(post('an answer beyond the memory', ROUTE, beyond, SAFETENSORS));
  const batch = realBatches(checkout).find(({ name }) => name === 'coins-edges')!;
  const hasty = inferenceRequest(batch, () => true, { parameters: { timeout: 1 } });
  yield keyed({ ...hasty, name: 'a deadline of a microsecond' });
}

const HALF_OF_THE_MEMORY = 40_000_000;

/** A body of which only the beginning comes, and one that needs memory meanwhile. */
export const BODY_BESIDE_ANOTHER = {
  head: [
    `POST ${ROUTE} HTTP/1.1`,
    'host: x',
    `authorization: Bearer ${LIMITED.API_KEYS}`,
    `content-type: ${SAFETENSORS}`,
    `content-length: ${HALF_OF_THE_MEMORY}`,
    '',
    'x',
  ].join('\r\n'),
  request: {
    ...post('a body beside another', ROUTE, Buffer.alloc(HALF_OF_THE_MEMORY), SAFETENSORS),
    headers: { 'content-type': SAFETENSORS, authorization: `Bearer ${LIMITED.API_KEYS}` },
  },
};
