import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startTestService } from '../helpers/service.ts';

// A client that is still sending gets the response to a request that is rejected before its body has arrived.

const service = await startTestService('--max-json-bytes', '10000');
const { hostname, port } = new URL(service.url);
const MIB = 2 ** 20;

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Sends all of the body, and then reads, as urllib does; the header says that the connection ends. */
const URLLIB = `
import sys, urllib.request, urllib.error
request = urllib.request.Request(sys.argv[1], data=b" " * int(sys.argv[2]), headers={"Content-Type": sys.argv[3]})
try:
    urllib.request.urlopen(request, timeout=60)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
`;

test("Python's urllib reads what is wrong with a body", { skip: !hasPython() && 'python3 is not there' }, async () => {
  for (const [path, type, expected] of [
    ['/v1/focal-loss', 'application/json', /^413 .*raise MAX_JSON_BYTES, or send a safetensors file/],
    [
      '/v1/focal-loss',
      'application/x-www-form-urlencoded',
      /^415 .*expected the header \\"Content-Type: application\/json/,
    ],
    ['/v1/nothing', 'application/json', /^404 /],
    ['/v2/models/focal-loss/infer', 'application/json', /^413 .*raise MAX_JSON_BYTES, or send the tensors as binary/],
  ] as const) {
    const { stdout } = await promisify(execFile)('python3', ['-c', URLLIB, service.url + path, `${40 * MIB}`, type]);
    assert.match(stdout, expected, path);
  }
});

interface Upload {
  readonly socket: Socket;
  readonly received: () => string;
  /** Whether the service still reads: to bytes on a closed connection the system answers with a reset. */
  readonly isRead: () => Promise<boolean>;
}

/** Begins a body of a gibibyte, on a connection that ends after it. */
function beginUpload(): Upload {
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  socket.on('error', () => {});
  socket.write(
    `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${2 ** 30}\r\n\r\n`,
  );
  return {
    socket,
    received: () => received,
    async isRead() {
      for (let i = 0; i < 3; i++) {
        if (socket.writable) socket.write(' ');
        await sleep(50);
      }
      return !socket.destroyed;
    },
  };
}

test('the response is there while the body is sent', async () => {
  const { socket, received, isRead } = beginUpload();
  const chunk = Buffer.alloc(MIB, ' ');
  for (let i = 0; i < 30; i++) {
    socket.write(chunk);
    await sleep(10);
  }
  assert.match(received(), /^HTTP\/1\.1 413 /);
  assert.ok(await isRead());
  socket.destroy();
});

test('a client that stops sending is disconnected', async () => {
  const { received, isRead } = beginUpload();
  assert.ok(await isRead());
  await sleep(5000);
  assert.ok(!(await isRead()));
  assert.match(received(), /^HTTP\/1\.1 413 /);
});

test('after 64 such clients, further ones are disconnected at once, and others are served', async () => {
  const uploads = Array.from({ length: 64 }, beginUpload);
  const keepSending = setInterval(() => {
    for (const { socket } of uploads) if (socket.writable) socket.write(' ');
  }, 300);
  await sleep(1000);
  const further = beginUpload();
  await sleep(500);
  assert.ok(!(await further.isRead()));
  assert.equal(typeof (await service.focalLoss({ logits: [1], labels: [1] })).loss, 'number');
  assert.ok(await uploads[0]!.isRead());
  clearInterval(keepSending);
  for (const { socket } of uploads) socket.destroy();
  await sleep(500);
  const next = beginUpload();
  await sleep(500);
  assert.ok(await next.isRead(), 'there is a place again');
  next.socket.destroy();
});

test('no request behind the body is begun', async () => {
  const batch = JSON.stringify({ logits: [1], labels: [1] });
  const length = 20_000;
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  socket.on('error', () => {});
  const head = (bytes: number, more = '') =>
    `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\n${more}content-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
  socket.write(head(length, 'connection: close\r\n'));
  await sleep(300);
  socket.write(' '.repeat(length) + head(batch.length) + batch);
  await sleep(500);
  socket.destroy();
  assert.equal(received.match(/HTTP\/1\.1 /g)?.length, 1);
});
