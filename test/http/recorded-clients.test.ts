import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { toFloat32 } from '../../src/core/float16/float16.ts';
import { inferenceProblemSchema } from '../../src/http/inference-problem.ts';
import { type HttpMessage, sendInTurn, splitMessages } from '../harness/http-messages.ts';
import { toFloat16 } from '../harness/to-float16.ts';
import { checkAgainstJson } from '../helpers/http/inference-response.ts';
import { readInferenceBody } from '../helpers/inference-body.ts';
import { type Json, startTestService } from '../helpers/service.ts';

// Requests of real clients, byte by byte: test/clients/run --record wrote it. All sent the batch in batch.json.

const FIXTURES = new URL('../fixtures/clients/', import.meta.url);
const CLIENTS = { tritonclient: 46, 'tritonclient-aio': 46, kserve: 9, curl: 3 };

const service = await startTestService();
const batch = JSON.parse(readFileSync(new URL('batch.json', FIXTURES), 'utf8'));
const json = await service.focalLoss({ ...batch, outputs: ['loss', 'gradients', 'per_class'] });

/** The JSON of a request that was not sent in chunks. */
function requestedJson({ headers, body }: HttpMessage): Json {
  const encoding = headers['content-encoding'];
  const decoded = encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body;
  const length = headers['inference-header-content-length'];
  return JSON.parse(decoded.subarray(0, length === undefined ? undefined : Number(length)).toString());
}

for (const [client, count] of Object.entries(CLIENTS)) {
  test(`the recorded requests of ${client} get the expected responses`, async () => {
    const requests = splitMessages(readFileSync(new URL(`${client}.http`, FIXTURES)));
    assert.equal(requests.length, count);
    const responses = await sendInTurn(
      Number(new URL(service.url).port),
      requests.map(({ bytes }) => bytes),
    );
    assert.equal(responses.length, count);
    for (const [i, { start, headers, body }] of responses.entries()) {
      const request = requests[i]!;
      if (/resnet/.test(request.start)) {
        assert.match(start, /^HTTP\/1.1 404 /);
        continue;
      }
      if (!request.start.startsWith('POST')) {
        assert.match(start, /^HTTP\/1.1 200 /, request.start);
        continue;
      }
      const requested = request.headers['transfer-encoding'] ? undefined : requestedJson(request);
      if (requested && !requested.inputs.some(({ name }: Json) => name === 'labels')) {
        assert.match(start, /^HTTP\/1.1 400 /);
        assert.match(inferenceProblemSchema.parse(JSON.parse(body.toString())).error, /^\/label/);
        continue;
      }
      assert.match(start, /^HTTP\/1.1 200 /, `${request.start} ${body}`);
      const jsonBytes = headers['inference-header-content-length'];
      const read = readInferenceBody(body, jsonBytes === undefined ? undefined : Number(jsonBytes));
      assert.equal(read.head.id, requested?.id);
      if (requested?.parameters.gradients_dtype) await checkInFloat16(read.outputs.gradients!.values as number[]);
      else checkAgainstJson(read, json);
      for (const { name, parameters } of requested?.outputs ?? []) {
        const binary = parameters?.binary_data ?? requested.parameters.binary_data_output ?? false;
        assert.equal(read.outputs[name]?.binary, binary, name);
      }
    }
  });
}

/** Checks gradients in FP16, for logits that were sent in FP16. */
async function checkInFloat16(bits: readonly number[]): Promise<void> {
  const rounded = new Uint16Array(batch.logits.flat().length);
  toFloat16(Float32Array.from(batch.logits.flat()), 'F16', rounded);
  const columns = batch.logits[0].length;
  const values = [...toFloat32(rounded, 'F16')];
  const logits = batch.logits.map((_: unknown, row: number) => values.slice(row * columns, (row + 1) * columns));
  const { gradients } = await service.focalLoss({ ...batch, logits, gradients_dtype: 'F16' });
  assert.deepEqual(
    [...toFloat32(Uint16Array.from(bits), 'F16')].map((x) => x || 0),
    gradients.flat().map(Math.fround),
  );
}
