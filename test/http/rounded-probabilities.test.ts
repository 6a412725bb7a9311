import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFloat32 } from '../../src/core/float16/float16.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { inferenceBody, readInferenceBody } from '../helpers/inference-body.ts';
import { type Json, startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// A softmax that was computed or stored in 16 bits adds up to 1 within what rounding allows, and no closer.

const service = await startTestService();
/** Exact fractions of which bfloat16 keeps 8 bits: the row adds up to 1.0034. */
const ROW = [0.25684, 0.56448, 0.14215, 0.03653];

function roundedRows(samples: number): { readonly bits: number[]; readonly values: Float32Array } {
  const bits = new Uint16Array(samples * ROW.length);
  toFloat16(
    Float32Array.from({ length: bits.length }, (_, i) => ROW[i % ROW.length]!),
    'BF16',
    bits,
  );
  return { bits: [...bits], values: toFloat32(bits, 'BF16') };
}

async function post(path: string, type: string, body: Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, accept: 'application/json', ...headers },
    body: new Uint8Array(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

const {
  bits: [one = 0],
  values,
} = roundedRows(1);
const sum = values.reduce((total, p) => total + p, 0);

test('the row deviates from 1 by more than 1e-3', () => {
  assert.ok(Math.abs(sum - 1) > 1e-3 && Math.abs(sum - 1) <= 2 ** -8, `${sum}`);
  assert.ok(one > 0);
});

for (const samples of [2, 60_000]) {
  const { bits } = roundedRows(samples);
  const labels = { dtype: 'U8', shape: [samples], values: new Array<number>(samples).fill(1) } as const;
  const p = values[1]!;
  const expected = -((1 - p) ** 2) * Math.log(p);
  const close = (loss: number) => assert.ok(Math.abs(loss / expected - 1) < 1e-6, `${loss} ${expected}`);

  test(`${samples} samples in safetensors`, async () => {
    const file = (options: Record<string, string>) =>
      tensorFile(
        { labels, probabilities: { dtype: 'BF16', shape: [samples, ROW.length], values: bits } },
        { activation: 'softmax', ...options },
      );
    const one = await post('/v1/focal-loss', 'application/vnd.safetensors', file({ outputs: '["loss"]' }));
    close(one.json.loss);
    const sweep = await post('/v1/focal-loss/sweep', 'application/vnd.safetensors', file({ gammas: '[2]' }));
    close(sweep.json.grid[0].loss);
  });

  test(`${samples} samples in the Open Inference Protocol`, async () => {
    const { body, jsonBytes } = inferenceBody(
      {
        labels: { datatype: 'UINT8', shape: [samples], values: labels.values, binary: true },
        probabilities: { datatype: 'BF16', shape: [samples, ROW.length], values: bits, binary: true },
      },
      { parameters: { activation: 'softmax' }, outputs: [{ name: 'loss' }] },
    );
    const headers = { 'inference-header-content-length': `${jsonBytes}` };
    const { json } = await post('/v2/models/focal-loss/infer', 'application/octet-stream', body, headers);
    close(readInferenceBody(Buffer.from(JSON.stringify(json)), undefined).outputs.loss!.values[0] as number);
  });
}

test('the same numbers in JSON, which are float32, are too far from 1', async () => {
  const problem = await service.problem(
    { probabilities: [[...values]], labels: [1], activation: 'softmax' },
    'invalid_request',
  );
  assert.match(problem.detail, /add up to 1 within 0\.001; got 1\.003/);
});

test('rows that no rounding explains are rejected', async () => {
  const wrong = new Uint16Array(3);
  toFloat16(Float32Array.of(0.5, 0.3, 0.21), 'BF16', wrong);
  const { status, json } = await post(
    '/v1/focal-loss',
    'application/vnd.safetensors',
    tensorFile(
      {
        labels: { dtype: 'U8', shape: [1], values: [1] },
        probabilities: { dtype: 'BF16', shape: [1, 3], values: [...wrong] },
      },
      { activation: 'softmax' },
    ),
  );
  assert.equal(status, 422);
  assert.match(json.detail, /add up to 1 within 0\.00391; got 1\.01/);
});
