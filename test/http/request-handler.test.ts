import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CodecPool } from '../../src/codecs/codec-pool.ts';
import { jsonCodec } from '../../src/codecs/json/json-codec.ts';
import { queueFull } from '../../src/core/common-errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Lifecycle } from '../../src/http/lifecycle.ts';
import { RequestHandler } from '../../src/http/request-handler.ts';
import { until } from '../harness/until.ts';

test('a body that is still read when its client disconnects keeps its memory', async () => {
  const engine = {
    retryAfterSeconds: 1,
    enterQueue() {
      throw queueFull(1, 1); // Ends the request once its body has been read.
    },
  };
  const handler = new RequestHandler(
    { engine: engine as Partial<Engine> as Engine, codec: {} as CodecPool, lifecycle: new Lifecycle() },
    { requestTimeoutMs: 1000, memoryBudgetBytes: 2 ** 20, minUploadBytesPerSecond: 0 },
  );
  // All of the body has arrived, but not all of it has been read.
  const body = Object.assign(new PassThrough(), { headers: {}, complete: true });
  const response = new PassThrough();
  const adapter = {
    type: 'application/json',
    cure: '',
    limit: 1000,
    jsonBytes: undefined,
    requestCodec: jsonCodec,
    responseCodec: jsonCodec,
    send: (reply: FastifyReply) => reply,
  };
  const evaluation = handler.evaluate(
    { raw: body } as unknown as FastifyRequest,
    { raw: response } as unknown as FastifyReply,
    adapter,
  );
  const failed = assert.rejects(evaluation, { code: 'queue_full' });
  assert.equal(handler.memory.inUse, 4096);
  response.destroy();
  await new Promise(setImmediate);
  assert.equal(handler.memory.inUse, 4096);
  body.end('{}');
  await failed;
  await until('the memory is released', () => handler.memory.inUse === 0);
});
