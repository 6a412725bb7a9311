import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { processBytes } from '../../src/config.ts';
import { Connection, post } from '../harness/connection.ts';
import { peakRss, resetPeak, rss, rssKnown } from '../harness/rss.ts';
import { type Service, startService } from '../harness/service-process.ts';

// The resident memory of the process stays within what SECURITY.md promises, and with two threads within less, whatever arrives.

const MEBIBYTE = 2 ** 20;
const BEYOND_BUDGET = 300 * MEBIBYTE;
const V1 = '/v1/focal-loss';
const V2 = '/v2/models/focal-loss/infer';
const FILE = 'application/vnd.safetensors';
const JSON_TYPE = 'application/json';
const GZIP = { 'Content-Encoding': 'gzip' };

async function withService(
  budgetMebibytes: number,
  run: (service: Service) => Promise<void>,
  ...flags: string[]
): Promise<void> {
  const budget = budgetMebibytes * MEBIBYTE;
  const service = await startService('--engine-threads', '2', '--memory-budget-bytes', `${budget}`, ...flags);
  try {
    await resetPeak(service.pid);
    await run(service);
    const peak = await peakRss(service.pid);
    assert.ok(peak < budget + BEYOND_BUDGET, `${Math.round(peak / MEBIBYTE)} MiB of ${budgetMebibytes}`);
  } finally {
    service.signal('SIGKILL');
  }
}

/** Sends bodies one after another on a connection; each has to get one of the statuses. */
async function sendAll(service: Service, bodies: readonly Buffer[], statuses: readonly number[]): Promise<void> {
  for (const body of bodies) {
    const connection = await Connection.open(service.address);
    const { status } = await connection.send(body);
    assert.ok(statuses.includes(status), `${status}`);
    connection.close();
  }
}

const options = { skip: !rssKnown() && 'the resident memory is not known here' };

test('an idle process takes what is promised, with any number of threads', options, async () => {
  for (const threads of [1, 7]) {
    const service = await startService('--engine-threads', `${threads}`);
    const used = await rss(service.pid);
    service.signal('SIGKILL');
    assert.ok(used < processBytes(threads), `${Math.round(used / MEBIBYTE)} MiB with ${threads} threads`);
  }
});

test('large buffers are not handed out to small uploads, which would be counted as small', options, async () => {
  const junk = post(V1, FILE, gzipSync(Buffer.alloc(100 * MEBIBYTE)), GZIP);
  await withService(256, async (service) => {
    const port = service.address as number;
    const idle = [];
    let last = 0;
    for (let round = 0; round < 8; round++) {
      await sendAll(service, [junk], [400]);
      for (let i = 0; i < 12; i++) {
        const socket = connect(port, '127.0.0.1').on('error', () => {});
        socket.write(`POST ${V1} HTTP/1.1\r\nhost: x\r\ncontent-type: ${FILE}\r\ncontent-length: 70000\r\n\r\n`);
        socket.write(Buffer.alloc(69_000));
        await once(socket, 'connect');
        idle.push(socket);
      }
      last = await rss(service.pid);
    }
    assert.ok(last < (256 + 300) * MEBIBYTE, `${last}`);
    for (const socket of idle) socket.destroy();
  });
});

test('bodies of all sizes, whose buffers cannot be used again, do not pile up', options, async () => {
  const sizes = Array.from({ length: 40 }, (_, i) => Math.round((5 + 6 * ((i * 7) % 11)) * 1.13 ** (i % 5)) * MEBIBYTE);
  const bodies = sizes.map((size) => post(V1, FILE, gzipSync(Buffer.alloc(size), { level: 1 }), GZIP));
  await withService(256, (service) => sendAll(service, bodies, [400]));
});

test('files of all sizes that are evaluated do not pile up in threads', options, async () => {
  const bodies = Array.from({ length: 40 }, (_, i) => {
    const samples = Math.round((20_000 + 30_000 * ((i * 7) % 11)) * 1.13 ** (i % 5));
    return post(V1, FILE, zeroFile(samples, 20));
  });
  await withService(256, (service) => sendAll(service, bodies, [200]));
});

/** Zero logits [samples, classes] as F32 and zero labels [samples] as I64. */
function zeroFile(samples: number, classes: number): Buffer {
  const end = 4 * samples * classes;
  const header = JSON.stringify({
    logits: { dtype: 'F32', shape: [samples, classes], data_offsets: [0, end] },
    labels: { dtype: 'I64', shape: [samples], data_offsets: [end, end + 8 * samples] },
  });
  const text = header.padEnd(8 * Math.ceil(header.length / 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text), Buffer.alloc(end + 8 * samples)]);
}

const zeros = (count: number) => '0,'.repeat(count - 1);
const M = 20_000_000;
const TEXTS: Record<string, readonly [path: string, text: string]> = {
  'two tensors': [V1, `{"logits":[${zeros(M)}0],"labels":[${zeros(10)}0]}`],
  'two tensors of one length': [V1, `{"logits":[${zeros(M / 2)}0],"labels":[${zeros(M / 2)}0],"outputs":["loss"]}`],
  'a tensor that ends with null': [V1, `{"logits":[${zeros(M)}null],"labels":[0]}`],
  'floats in a tensor that ends with null': [V1, `{"logits":[${'9e9,'.repeat(M / 2)}null],"labels":[0]}`],
  'an option': [V1, `{"logits":[1],"labels":[0],"class_weights":[${zeros(M)}0]}`],
  'class names': [V1, `{"logits":[1],"labels":[0],"class_names":[${'"a",'.repeat(M / 4)}"a"]}`],
  'an unknown field': [V1, `{"logits":[1],"labels":[0],"unknown":[${zeros(M)}0]}`],
  'a list of gammas': [`${V1}/sweep`, `{"logits":[1],"labels":[0],"gammas":[${zeros(M)}0]}`],
  'data of the Open Inference Protocol': [
    V2,
    `{"inputs":[{"name":"logits","datatype":"FP32","shape":[${M}],"data":[${zeros(M)}0]}]}`,
  ],
  'data that is true and false': [
    V2,
    `{"inputs":[{"name":"labels","datatype":"BOOL","shape":[${M / 4}],"data":[${'true,'.repeat(M / 4 - 1)}true]}]}`,
  ],
  'a shape': [V2, `{"inputs":[{"name":"logits","datatype":"FP32","shape":[${zeros(M)}0],"data":[0]}]}`],
};

test('decoded JSON takes memory of the budget, wherever its numbers are', options, async () => {
  await withService(512, async (service) => {
    for (const [name, [path, text]] of Object.entries(TEXTS)) {
      const body = post(path, JSON_TYPE, gzipSync(text, { level: 1 }), GZIP);
      await sendAll(service, [body, body], [200, 400, 413, 422, 429]);
      const now = await peakRss(service.pid);
      assert.ok(now < 812 * MEBIBYTE, `${name}: ${Math.round(now / MEBIBYTE)} MiB`);
    }
  });
});

test('a text that is not JSON is gone with its request', options, async () => {
  const body = post(V1, JSON_TYPE, gzipSync(Buffer.alloc(60 * MEBIBYTE, ']'), { level: 1 }), GZIP);
  await withService(1024, async (service) => {
    const sendTwice = () => Promise.all([sendAll(service, [body], [400]), sendAll(service, [body], [400])]);
    const idle = await rss(service.pid);
    for (let round = 0; round < 4; round++) await sendTwice();
    const grown = (await rss(service.pid)) - idle;
    // The buffers of two bodies stay, of 120 MiB each. Texts that stay take 60 MiB in each of two threads more.
    assert.ok(grown < 330 * MEBIBYTE, `${Math.round(grown / MEBIBYTE)} MiB`);
  });
});

test('connections that come and go with long headers leave no garbage for long', options, async () => {
  const headers = Array.from({ length: 60 }, (_, i) => `x-${i}: ${'a'.repeat(230)}\r\n`).join('');
  const head = `POST ${V1} HTTP/1.1\r\nhost: x\r\n${headers}content-type: ${JSON_TYPE}\r\ncontent-length: 1000000\r\n\r\n`;
  await withService(1024, async (service) => {
    const round = async () => {
      const sockets = Array.from({ length: 250 }, () => connect(service.address as number, '127.0.0.1'));
      for (const socket of sockets) socket.on('error', () => {}).write(head);
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      for (const socket of sockets) socket.destroy();
    };
    const idle = await rss(service.pid);
    await resetPeak(service.pid);
    for (let i = 0; i < 40; i++) await round();
    const grown = (await peakRss(service.pid)) - idle;
    // 100 to 160 MiB; where V8 decides when it collects, 250 to 300 on Node 24 (164 to 320 on Node 20).
    assert.ok(grown < 200 * MEBIBYTE, `${Math.round(grown / MEBIBYTE)} MiB`);
  });
});
