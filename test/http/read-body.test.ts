import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unpooledLease } from '../../src/core/buffer-lease.ts';
import { Lifecycle } from '../../src/http/lifecycle.ts';
import { readBody } from '../../src/http/request-body.ts';

// However a body ends, nothing waits for more of it: no timer that watches it, and no entry among the uploads that a shutdown
// rejects, which would stay for as long as the process.

class CountingLifecycle extends Lifecycle {
  readonly uploads = new Set<() => void>();

  override trackUpload(reject: () => void): () => void {
    const untrack = super.trackUpload(reject);
    this.uploads.add(reject);
    return () => {
      this.uploads.delete(reject);
      untrack();
    };
  }
}

const intervals = new Set<unknown>();
const { setInterval: start, clearInterval: stop } = globalThis;
mock.method(globalThis, 'setInterval', (...args: Parameters<typeof start>) => {
  const interval = start(...args);
  intervals.add(interval);
  return interval;
});
mock.method(globalThis, 'clearInterval', (interval: NodeJS.Timeout) => {
  intervals.delete(interval);
  stop(interval);
});

interface Upload {
  readonly stream: PassThrough;
  readonly lifecycle: CountingLifecycle;
  readonly body: Promise<Uint8Array>;
}

/** A body of up to a thousand bytes that has begun. */
async function begin(): Promise<Upload> {
  const stream = new PassThrough();
  const request = Object.assign(stream, { headers: {}, complete: false }) as unknown as IncomingMessage;
  const lifecycle = new CountingLifecycle();
  const body = readBody(request, unpooledLease(), { limit: 1000, lifecycle, minUploadBytesPerSecond: 1 });
  body.catch(() => {});
  stream.write('begin');
  await nextTurn();
  assert.deepEqual([lifecycle.uploads.size, intervals.size], [1, 1]);
  return { stream, lifecycle, body };
}

const ENDS: readonly [name: string, code: string | undefined, end: (upload: Upload) => void][] = [
  ['that is complete', undefined, ({ stream }) => stream.end()],
  ['that is too long', 'body_too_large', ({ stream }) => stream.write(Buffer.alloc(2000))],
  ['whose client disconnects', 'malformed_body', ({ stream }) => stream.destroy()],
  ['that cannot be read', 'malformed_body', ({ stream }) => stream.destroy(new Error('wrong chunk'))],
  ['during a shutdown', 'shutting_down', ({ lifecycle }) => lifecycle.rejectUploads()],
];

for (const [name, code, end] of ENDS) {
  test(`a body ${name} is not waited for`, async () => {
    const upload = await begin();
    end(upload);
    if (code === undefined) assert.equal(Buffer.from(await upload.body).toString(), 'begin');
    else await assert.rejects(upload.body, { code });
    assert.deepEqual([upload.lifecycle.uploads.size, intervals.size], [0, 0]);
  });
}
