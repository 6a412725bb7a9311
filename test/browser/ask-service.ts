import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever JSON the service sent; tests look into it.
export type Answer = any;

/** What the service answers to a file of test/fixtures with these options beside its own. */
export async function evaluate(origin: string, file: string, options: object): Promise<Answer> {
  const bytes = readFileSync(new URL(`../fixtures/${file}`, import.meta.url));
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

/** What the service answers to these bytes, in JSON. */
export async function post(origin: string, type: string, body: string | Uint8Array<ArrayBuffer>): Promise<Answer> {
  const headers = { 'content-type': type, accept: 'application/json' };
  const answer = await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200);
  return answer.json();
}
