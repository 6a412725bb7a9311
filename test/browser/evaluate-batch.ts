import assert from 'node:assert/strict';
import { readSample } from '../harness/read-sample.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// biome-ignore lint/suspicious/noExplicitAny: a response is whatever JSON the service sent; tests look into it.
export type ResponseBody = any;

/** The service's response to a sample batch with these options in addition to its own. */
export async function evaluate(origin: string, file: string, options: object): Promise<ResponseBody> {
  const bytes = readSample(file);
  if (file.endsWith('.json')) {
    return post(origin, 'application/json', JSON.stringify({ ...JSON.parse(bytes.toString()), ...options }));
  }
  const metadata = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]));
  return post(
    origin,
    'application/vnd.safetensors',
    Uint8Array.from(tensorFile(readTensorFile(bytes).tensors, metadata)),
  );
}

/** The service's JSON response to these bytes. */
export async function post(
  origin: string,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<ResponseBody> {
  const headers = { 'content-type': type, accept: 'application/json' };
  const response = await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers, body });
  assert.equal(response.status, 200);
  return response.json();
}
