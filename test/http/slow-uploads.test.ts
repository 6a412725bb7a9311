import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { until } from '../harness/until.ts';
import { batchFile, sendSmall } from '../helpers/http/gated-batch.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';
import { readResponses } from '../helpers/http/raw-socket.ts';

// Uploads that hold memory, or would hold it, without progress. Those that are too slow are ended 10 s after they began.

const GIBIBYTE = 2 ** 30;
const budget = 2 ** 27;
const service = await startGatedService({}, '--memory-budget-bytes', `${budget}`, '--max-body-bytes', `${GIBIBYTE}`);

interface Upload {
  readonly socket: Socket;
  /** All that was received, once the service has closed the connection. */
  readonly received: Promise<string>;
}

function begin(headers: string, body: Buffer | string = ''): Upload {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  socket.on('error', () => {});
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece));
  socket.write(
    `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.safetensors\r\n${headers}\r\n\r\n`,
  );
  socket.write(body);
  return { socket, received: once(socket, 'close').then(() => Buffer.concat(pieces).toString()) };
}

/** Sends a piece every second. */
async function drip({ socket }: Upload, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (let i = 0; !socket.destroyed; i++) {
    socket.write(pieces[i % pieces.length]!);
    await sleep(1000);
  }
}

const chunked = (byte: number) => Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]);

function expectTimeout(raw: string): void {
  const [response] = readResponses(raw);
  assert.equal(response!.status, 408);
  assert.equal(response!.headers.connection, 'close');
  const { code, detail } = JSON.parse(response!.text);
  assert.equal(code, 'request_timeout');
  assert.match(
    detail,
    /16384 bytes per second or more \(MIN_UPLOAD_BYTES_PER_SECOND\), got \d+ bytes in the last 10 s/,
  );
}

test('declared lengths lock nobody out, and slow uploads of every kind are ended, while a slow but steady one is evaluated', async () => {
  const idle = Array.from({ length: 100 }, () => begin(`content-length: ${GIBIBYTE}`));
  const slow = [
    begin('transfer-encoding: chunked'),
    begin(`content-length: ${GIBIBYTE}`, Buffer.alloc(100_000)),
    begin('transfer-encoding: chunked\r\ncontent-encoding: gzip'),
  ];
  void drip(slow[0]!, ['1\r\n \r\n']);
  void drip(slow[1]!, [' ']);
  void drip(slow[2]!, [...gzipSync(randomBytes(1000))].map(chunked));
  const file = batchFile(100_000, 'none');
  const steady = begin(`content-length: ${file.length}\r\nconnection: close`);
  const sendSteadily = (async () => {
    for (let at = 0; at < file.length; at += 40_000) {
      steady.socket.write(file.subarray(at, at + 40_000));
      await sleep(1000);
    }
  })();
  await until('all have memory', async () => (await service.memory()).inUse > 100 * 65_536);
  assert.ok((await service.memory()).inUse < 104 * 65_536 + 2 ** 21);
  assert.equal((await sendSmall(service.url, 'none').response).status, 200);

  const start = performance.now();
  for (const { received } of [...idle, ...slow]) expectTimeout(await received);
  assert.ok(performance.now() - start < 15_000);
  await until('their memory is released', async () => (await service.memory()).inUse < 2 ** 20);
  await sendSteadily;
  assert.match(await steady.received, /^HTTP\/1\.1 200 /);
  await service.allReleased();
});
