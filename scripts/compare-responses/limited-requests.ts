import { gzipSync } from 'node:zlib';
import {
  INFER,
  inferenceRequest,
  JSON_TYPE,
  post,
  postJson,
  ROUTE,
  SAFETENSORS,
  type ServiceRequest,
  safetensorsFile,
} from './formats.ts';
import { realBatches } from './read-batches.ts';
import type { Tensor } from './tensor.ts';
import { INDICES } from './wrong-fields.ts';

/** Settings under which `limitedRequests` are rejected. */
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
