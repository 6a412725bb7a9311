import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Piscina } from 'piscina';
import { LoadingThreads } from '../../src/core/loading-threads.ts';

class Thread extends EventEmitter {
  readonly threadId: number;

  constructor(threadId: number) {
    super();
    this.threadId = threadId;
  }
}

/** A pool as Piscina has it, whose threads do what a test says. */
class Pool extends EventEmitter {
  threads: Thread[];

  constructor(ids: readonly number[]) {
    super();
    this.threads = ids.map((id) => new Thread(id));
  }
}

/** Whether nothing is loading any more. */
async function isFinished(loading: LoadingThreads): Promise<boolean> {
  let finished = false;
  void loading.finished().then(() => {
    finished = true;
  });
  await nextTurn();
  return finished;
}

test('a thread loads until its first message or its end', async () => {
  const pool = new Pool([1, 2]);
  const loading = new LoadingThreads(pool as unknown as Piscina);
  const waiting = loading.finished();
  assert.equal(await isFinished(loading), false);
  pool.threads[0]!.emit('message');
  assert.equal(await isFinished(loading), false);
  pool.threads[1]!.emit('exit');
  await waiting;
});

test('a message counts also if nobody waits at the time', async () => {
  const pool = new Pool([1]);
  const loading = new LoadingThreads(pool as unknown as Piscina);
  pool.threads[0]!.emit('message');
  assert.equal(await isFinished(loading), true);
});

test('a replacement has loaded when it is reported, one of the first threads has not', async () => {
  const pool = new Pool([1]);
  const loading = new LoadingThreads(pool as unknown as Piscina);
  pool.emit('workerCreate', { id: 1 });
  assert.equal(await isFinished(loading), false);
  pool.threads = [new Thread(2)];
  assert.equal(await isFinished(loading), false);
  pool.emit('workerCreate', { id: 2 });
  assert.equal(await isFinished(loading), true);
});
