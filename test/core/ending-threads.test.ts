import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Piscina } from 'piscina';
import { EndingThreads } from '../../src/core/ending-threads.ts';

class Pool extends EventEmitter {
  threads: EventEmitter[] = [];

  create(): EventEmitter {
    const thread = new EventEmitter();
    this.threads.push(thread);
    this.emit('workerCreate', {});
    return thread;
  }
}

test('threads that the pool no longer has are waited for until they exit, those that it has are not', async () => {
  const pool = new Pool();
  const ending = new EndingThreads(pool as unknown as Piscina);
  const [first] = [pool.create(), pool.create()];
  await ending.ended();
  pool.threads.shift();
  let ended = false;
  const waiting = ending.ended().then(() => {
    ended = true;
  });
  await nextTurn();
  assert.equal(ended, false);
  first.emit('exit');
  await waiting;
  await ending.ended(); // It is not waited for again.
});

test('each thread has one listener, however many are created after it', () => {
  const pool = new Pool();
  new EndingThreads(pool as unknown as Piscina);
  const threads = Array.from({ length: 20 }, () => pool.create());
  for (const thread of threads) assert.equal(thread.listenerCount('exit'), 1);
});
