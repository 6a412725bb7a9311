import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { toFloat32 } from '../../src/core/float16/float16.ts';
import { inferenceProblemSchema } from '../../src/http/inference-problem.ts';
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

/** An HTTP message: its first line, its headers in lower case, its body as received, and all of its bytes. */
interface Message {
  readonly start: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** The messages that follow each other in a stream; the last one may not be whole yet. */
function messages(stream: Buffer): Message[] {
  const found: Message[] = [];
  for (let from = 0; ; ) {
    const headEnd = stream.indexOf('\r\n\r\n', from);
    if (headEnd < 0) return found;
    const [start = '', ...lines] = stream.toString('latin1', from, headEnd).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyStart = headEnd + 4;
    const end = headers['transfer-encoding']
      ? stream.indexOf('\r\n0\r\n\r\n', bodyStart) + 7
      : bodyStart + Number(headers['content-length'] ?? 0);
    if (end > stream.length) return found;
    found.push({ start, headers, body: stream.subarray(bodyStart, end), bytes: stream.subarray(from, end) });
    from = end;
  }
}

/** Sends requests over one connection, each as recorded, when the previous one has its response. */
async function replay(requests: readonly Message[]): Promise<Message[]> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  let stream = Buffer.alloc(0);
  let next = 0;
  try {
    socket.write(requests[next++]!.bytes);
    for await (const piece of socket) {
      stream = Buffer.concat([stream, piece]);
      const responses = messages(stream);
      if (responses.length === requests.length) return responses;
      if (responses.length === next) socket.write(requests[next++]!.bytes);
    }
  } finally {
    socket.destroy();
  }
  throw new Error(`the connection ended after ${messages(stream).length} of ${requests.length} responses`);
}

/** The JSON of a request that was not sent in chunks. */
function requestedJson({ headers, body }: Message): Json {
  const encoding = headers['content-encoding'];
  const decoded = encoding === 'gzip' ? gunzipSync(body) : encoding === 'deflate' ? inflateSync(body) : body;
  const length = headers['inference-header-content-length'];
  return JSON.parse(decoded.subarray(0, length === undefined ? undefined : Number(length)).toString());
}

for (const [client, count] of Object.entries(CLIENTS)) {
  test(`the recorded requests of ${client} get the expected responses`, async () => {
    const requests = messages(readFileSync(new URL(`${client}.http`, FIXTURES)));
    assert.equal(requests.length, count);
    const responses = await replay(requests);
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
