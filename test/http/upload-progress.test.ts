import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceError } from '../../src/core/service-error.ts';
import { UPLOAD_WINDOW_SECONDS, watchUpload } from '../../src/http/upload-progress.ts';

const SECOND_MS = 20;
const WINDOW_MS = UPLOAD_WINDOW_SECONDS * SECOND_MS;

/** Watches an upload, with seconds of 20 ms, that should have 100 bytes in each. */
function watch() {
  const upload = new PassThrough();
  const errors: ServiceError[] = [];
  const end = watchUpload(upload as unknown as IncomingMessage, 100, (error) => errors.push(error), SECOND_MS);
  upload.resume();
  return { upload, errors, end };
}

/** Writes a piece in each second. */
async function write(upload: PassThrough, bytes: number, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    upload.write(Buffer.alloc(bytes));
    await sleep(SECOND_MS);
  }
}

test('an upload that is too slow is reported once, after the grace period', async () => {
  const { upload, errors, end } = watch();
  await write(upload, 1, UPLOAD_WINDOW_SECONDS / 2);
  assert.equal(errors.length, 0);
  await write(upload, 1, 3 * UPLOAD_WINDOW_SECONDS);
  assert.equal(errors.length, 1);
  assert.equal(errors[0]!.code, 'request_timeout');
  assert.match(
    errors[0]!.message,
    /100 bytes per second or more \(MIN_UPLOAD_BYTES_PER_SECOND\), got \d+ bytes in the/,
  );
  end();
});

test('an upload that was fast and goes silent is reported', async () => {
  const { upload, errors, end } = watch();
  await write(upload, 10_000, UPLOAD_WINDOW_SECONDS);
  assert.equal(errors.length, 0);
  await sleep(3 * WINDOW_MS);
  assert.equal(errors.length, 1);
  end();
});

test('an upload that is fast on average goes on, in whatever pieces it comes', async () => {
  const { upload, errors, end } = watch();
  await write(upload, 300, 4 * UPLOAD_WINDOW_SECONDS);
  upload.write(Buffer.alloc(20_000));
  await sleep(WINDOW_MS / 2);
  assert.equal(errors.length, 0);
  end();
});

test('time in which the service does not read is not counted', async () => {
  const { upload, errors, end } = watch();
  await write(upload, 10_000, 2);
  upload.pause();
  await sleep(3 * WINDOW_MS);
  assert.equal(errors.length, 0);
  end();
});

test('an upload that has ended is not watched any more', async () => {
  const { upload, errors } = watch();
  upload.end('short');
  await sleep(3 * WINDOW_MS);
  assert.equal(errors.length, 0);
});
