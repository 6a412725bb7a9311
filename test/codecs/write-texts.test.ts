import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Codec, DecodedRequest } from '../../src/codecs/codec.ts';
import { jsonCodec } from '../../src/codecs/json/json-codec.ts';
import { openInferenceCodec } from '../../src/codecs/open-inference/open-inference-codec.ts';
import { unpooled } from '../../src/core/allocator.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { emptyEvaluation } from '../../src/loss/evaluation.ts';
import { startCodecPool } from '../helpers/codecs/start-codec-pool.ts';
import { inferenceBody } from '../helpers/inference-body.ts';

const METADATA = {
  engine: { name: 'wasm', device: '' },
  durations: { queue: 1, decode: 2, compute: 3 },
};

const pools = new Map([1, 2, 3].map((threads) => [threads, startCodecPool(threads)]));
after(() => Promise.all([...pools.values()].map((pool) => pool.close())));

/** Two long arrays and a short one, in the form in which the codec reads them. */
const SHAPE = [40, 1000, 4];
const OUTPUTS = ['loss', 'gradients', 'elementwise', 'hessian', 'per_class'] as const;

function jsonRequest(activation: 'sigmoid' | 'softmax', outputs: readonly string[] = OUTPUTS): DecodedRequest {
  const [outer, middle, classes] = SHAPE as [number, number, number];
  const logits = Array.from({ length: outer }, () => new Array(middle).fill(new Array(classes).fill(0.5)));
  const labels = Array.from({ length: outer }, () => new Array(middle).fill(1));
  const body = Buffer.from(JSON.stringify({ activation, outputs, logits, labels, alpha: { balanced: true } }));
  return jsonCodec.read({ bytes: body, jsonBytes: body.length }, unpooled);
}

async function write<Request extends DecodedRequest>(
  codec: Codec<Request>,
  request: Request,
  threads: number,
  cancellation?: Cancellation,
) {
  const plan = codec.planResponse(request, unpooled);
  for (const values of Object.values(plan.arrays)) {
    for (let i = 0; i < values.length; i++) values[i] = Math.sin(i) * 10 ** -(i % 20);
  }
  const totals = emptyEvaluation(request.batch, (length) => new Float32Array(length));
  const { bytes } = await pools.get(threads)!.write(codec, { request, plan, totals, metadata: METADATA }, cancellation);
  // How long it took differs, and then the spaces before binary data do.
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/"encode(_ms)?":[\d.]+(\}+) */, '$2');
}

for (const activation of ['sigmoid', 'softmax'] as const) {
  test(`the response to ${activation} in JSON is the same for any number of threads`, async () => {
    const request = jsonRequest(activation);
    const text = await write(jsonCodec, request, 1);
    assert.ok(JSON.parse(text.replace(',}', '}')).gradients.length === SHAPE[0]);
    for (const threads of [2, 3]) assert.ok((await write(jsonCodec, request, threads)) === text);
  });
}

test('the response of the Open Inference Protocol is the same for any number of threads', async () => {
  const shape = [2000, 80];
  const values = new Array(160_000).fill(1);
  const tensor = { datatype: 'FP32', shape, values, binary: true } as const;
  const outputs = ['elementwise', 'per_class.positives', 'gradients', 'hessian_diagonal'].map((name) => ({
    name,
    parameters: { binary_data: name === 'hessian_diagonal' },
  }));
  const { body, jsonBytes } = inferenceBody({ logits: tensor, labels: tensor }, { id: 'a', outputs });
  const request = openInferenceCodec.read({ bytes: body, jsonBytes }, unpooled);
  const single = await write(openInferenceCodec, request, 1);
  assert.ok(single.length > 3 * 160_000);
  for (const threads of [2, 3]) assert.ok((await write(openInferenceCodec, request, threads)) === single);
});

test('a response that nobody waits for any more is not written', async () => {
  const cancellation = new Cancellation();
  cancellation.abort();
  await assert.rejects(write(jsonCodec, jsonRequest('sigmoid'), 2, cancellation), { code: 'deadline_exceeded' });
});
