import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Account, FairQueue } from '../../src/core/fair-queue.ts';

/** A queue with one place, which is taken until all pieces of work are in the queue. */
class HeldQueue {
  readonly queue = new FairQueue(1);
  readonly order: string[] = [];
  #open = () => {};
  readonly #pieces = [this.queue.run(() => new Promise<void>((resolve) => (this.#open = resolve)))];

  add(name: string, account?: Account, estimateMs = 0): void {
    this.#pieces.push(this.queue.run(async () => void this.order.push(name), account, estimateMs));
  }

  async run(): Promise<string[]> {
    await new Promise(setImmediate);
    this.#open();
    await Promise.all(this.#pieces);
    return this.order;
  }
}

test('short work goes before long work that arrived earlier', async () => {
  const held = new HeldQueue();
  held.add('long', undefined, 25);
  held.add('used', { usedMs: 1000 }, 1);
  held.add('short', undefined, 1);
  assert.deepEqual(await held.run(), ['short', 'long', 'used']);
});

test('equally long work is done in the order of arrival', async () => {
  const held = new HeldQueue();
  const names = Array.from({ length: 20 }, (_, i) => `${i}`);
  for (const [i, name] of names.entries()) held.add(name, undefined, i % 5);
  assert.deepEqual(await held.run(), names);
});

test('every fourth is whoever has waited longest', async () => {
  const held = new HeldQueue();
  held.add('long', { usedMs: 60_000 }, 25);
  for (let i = 0; i < 5; i++) held.add(`${i}`);
  // The work that holds the place was picked first.
  assert.deepEqual(await held.run(), ['0', '1', 'long', '2', '3', '4']);
});

test('work that is of no use any more goes first, so that it is out of the way', async () => {
  const held = new HeldQueue();
  const cancelled = { usedMs: 60_000 };
  held.add('short');
  held.add('cancelled', cancelled, 25);
  cancelled.usedMs = Number.NEGATIVE_INFINITY;
  assert.deepEqual(await held.run(), ['cancelled', 'short']);
});

test('the time of its work is added to the account, and work that fails frees its place', async () => {
  const queue = new FairQueue(1);
  const account = { usedMs: 0 };
  const work = async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new Error('planted');
  };
  await assert.rejects(queue.run(work, account), /planted/);
  assert.ok(account.usedMs >= 25, `${account.usedMs}`);
  await queue.run(async () => {});
});

test('no more than the limit runs at a time', async () => {
  const queue = new FairQueue(2);
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all(Array.from({ length: 9 }, () => queue.run(work)));
  assert.equal(most, 2);
});
