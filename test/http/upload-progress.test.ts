import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ServiceError } from '../../src/core/service-error.ts';
import { UPLOAD_WINDOW_SECONDS as WINDOW, watchUpload } from '../../src/http/upload-progress.ts';

// Not `mock.timers`: on Node 20 an interval that ends itself there goes on.
const intervals = new Map<unknown, () => void>();
mock.method(globalThis, 'setInterval', (run: () => void) => {
  const id = {};
  intervals.set(id, run);
  return id;
});
mock.method(globalThis, 'clearInterval', (id: unknown) => intervals.delete(id));

/** Watches an upload that should have 100 bytes in each second. */
function watch() {
  const upload = new PassThrough();
  const errors: ServiceError[] = [];
  const end = watchUpload(upload as unknown as IncomingMessage, 100, (error) => errors.push(error));
  upload.resume();
  return { upload, errors, end };
}

/** Writes so many bytes in each of some seconds. */
async function write(upload: PassThrough, bytes: number, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    if (bytes > 0) upload.write(Buffer.alloc(bytes));
    await nextTurn();
    for (const run of [...intervals.values()]) run();
  }
}

test('an upload that is too slow is reported once, after as many seconds as it may be slow for', async () => {
  const { upload, errors } = watch();
  await write(upload, 1, WINDOW - 1);
  assert.equal(errors.length, 0);
  await write(upload, 1, 3 * WINDOW);
  assert.equal(errors.length, 1);
  assert.equal(errors[0]!.code, 'request_timeout');
  const expected = `expected a body that arrives at 100 bytes per second or more (MIN_UPLOAD_BYTES_PER_SECOND), got ${WINDOW} bytes in the last ${WINDOW} s`;
  assert.equal(errors[0]!.message, expected);
});

test('the slowest upload that is allowed goes on, and one that is a byte slower does not', async () => {
  const allowed = watch();
  await write(allowed.upload, 100, 3 * WINDOW);
  assert.equal(allowed.errors.length, 0);
  const slower = watch();
  await write(slower.upload, 100, WINDOW - 1);
  await write(slower.upload, 99, 1);
  assert.equal(slower.errors.length, 1);
  allowed.end();
});

test('an upload that was fast and goes silent is reported when what arrived is no longer in the window', async () => {
  const { upload, errors } = watch();
  await write(upload, 10_000, WINDOW);
  await write(upload, 0, WINDOW - 1);
  assert.equal(errors.length, 0);
  await write(upload, 0, 1);
  assert.equal(errors.length, 1);
});

test('an upload is not watched any more after it is ended', async () => {
  const { upload, errors, end } = watch();
  end();
  await write(upload, 0, 3 * WINDOW);
  assert.equal(errors.length, 0);
  assert.equal(upload.listenerCount('data'), 0);
});
