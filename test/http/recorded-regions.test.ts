import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type HttpMessage, sendInTurn, splitMessages } from '../harness/http-messages.ts';
import { bytesOf, DIRECTORY, skip } from '../helpers/core/shared-object.ts';
import { type Json, startTestService } from '../helpers/service.ts';

// What tritonclient sends for a batch in shared memory, byte by byte: test/clients/run --record wrote it. The test makes the
// object that the client made.

const FIXTURES = new URL('../fixtures/clients/', import.meta.url);
const OBJECT = `${DIRECTORY}/focal_loss_clients`;
after(() => rmSync(OBJECT, { force: true }));

const batch = JSON.parse(readFileSync(new URL('batch.json', FIXTURES), 'utf8'));
const INPUTS = [
  Float32Array.from(batch.logits.flat()),
  BigInt64Array.from(batch.labels.map(BigInt)),
  Float32Array.from(batch.sample_weights),
  Float64Array.from(batch.class_weights),
  Float64Array.from(batch.gamma),
];
const OUTPUT_BYTES = 8 + 80 + 3 * 32;

const service = await startTestService('--shared-memory', 'on');
const json = await service.focalLoss({ ...batch, outputs: ['loss', 'gradients', 'per_class'] });

/** The status that each request got when it was recorded. */
function statusOf({ start }: HttpMessage, earlier: readonly HttpMessage[]): number {
  if (/region\/(long|gpu)\/register/.test(start)) return 400;
  return start.includes('/register') && earlier.some((other) => other.start === start) ? 400 : 200;
}

for (const client of ['tritonclient-regions', 'tritonclient-regions-aio']) {
  test(`${client}: the recorded requests have their results written where the client reads them`, {
    skip,
  }, async () => {
    const inputs = Buffer.concat(INPUTS.map(bytesOf));
    writeFileSync(OBJECT, Buffer.concat([inputs, Buffer.alloc(OUTPUT_BYTES)]), { mode: 0o600 });
    const requests = splitMessages(readFileSync(new URL(`${client}.http`, FIXTURES)));
    assert.equal(requests.length, 12);
    const responses = await sendInTurn(
      Number(new URL(service.url).port),
      requests.map(({ bytes }) => bytes),
    );
    for (const [i, { start, body }] of responses.entries()) {
      const request = requests[i]!;
      const status = statusOf(request, requests.slice(0, i));
      assert.match(start, new RegExp(`^HTTP/1.1 ${status} `), `${request.start} ${body}`);
      if (request.start.includes('/infer')) checkOutputs(request, JSON.parse(body.toString()));
    }
    assert.ok(readFileSync(OBJECT).subarray(0, inputs.length).equals(inputs));
  });
}

function checkOutputs({ headers, body }: HttpMessage, response: Json): void {
  const requested = JSON.parse((headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
  const object = new Uint8Array(readFileSync(OBJECT)).buffer;
  const read = (name: string) => {
    const { parameters } = requested.outputs.find((output: Json) => output.name === name);
    const { shared_memory_offset: offset, shared_memory_byte_size: size } = parameters;
    const { data, datatype, parameters: stated } = response.outputs.find((output: Json) => output.name === name);
    assert.equal(data, undefined);
    assert.equal(stated.shared_memory_byte_size, size);
    const bytes = object.slice(offset, offset + size);
    const arrays = { FP32: Float32Array, FP64: Float64Array, INT64: BigInt64Array };
    return Array.from(new arrays[datatype as keyof typeof arrays](bytes), Number);
  };
  assert.deepEqual(read('loss'), [json.loss]);
  assert.deepEqual(read('gradients'), json.gradients.flat().map(Math.fround));
  for (const path of ['positives', 'loss.share', 'mean_pt.positive']) {
    const values = json.per_class.map((row: Json) => path.split('.').reduce((value, step) => value[step], row));
    assert.deepEqual(
      read(`per_class.${path}`),
      values.map((value: number | null) => value ?? Number.NaN),
    );
  }
}
