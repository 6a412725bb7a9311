import { gzipSync } from 'node:zlib';
import { INFER, inferenceRequest, JSON_TYPE, post, postJson, ROUTE, type ServiceRequest } from './formats.ts';
import { malformedFiles } from './malformed-files.ts';
import { rejectedInferences } from './rejected-inferences.ts';
import { TENSORS } from './small-batch.ts';
import { INDICES, ROWS, WRONG_BODIES, WRONG_FIELDS, WRONG_SWEEPS } from './wrong-fields.ts';

// What is wrong with the request itself: each kind of refusal, at least once.

export function* rejectedRequests(): Generator<ServiceRequest> {
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
  yield* malformedFiles();
  yield* rejectedInferences();
  yield* wrongHttp();
}

/** The fields as parameters of a sound batch, where they can be said so. */
function inferenceWith(name: string, { logits: _, labels: __, ...options }: Record<string, unknown>): ServiceRequest {
  return inferenceRequest({ name, tensors: TENSORS, options }, () => true);
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
