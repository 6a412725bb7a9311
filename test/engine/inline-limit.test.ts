import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InlineLimit } from '../../src/engine/inline-limit.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

// Which batches are evaluated in the calling thread, by what is measured while they are served. That none holds that thread for long
// is tested with the kernels, in inline-results.test.ts.

const zeros = (samples: number, classes: number, options = {}) =>
  logitsBatch([samples, classes], new Float32Array(samples * classes), [samples], new Float32Array(samples), options);
const LARGEST = zeros(4096, 1);
const TINY = zeros(8, 4);

const handedOver = (computeMs: number, queueMs: number) => ({ computeMs, queueMs });

test('batches of many elements, or of a sample that is all classes, are left to threads', () => {
  const limit = new InlineLimit();
  assert.ok(limit.allows(zeros(64, 64)));
  assert.ok(!limit.allows(zeros(64, 65)));
  assert.ok(!limit.allows(zeros(1, 4096)));
  assert.ok(!limit.allows(zeros(0, 4)));
});

test('a kind of batch that was slow is left to threads until it is fast again', () => {
  const limit = new InlineLimit();
  for (let i = 0; i < 10; i++) limit.observeInline(LARGEST, 0.45);
  assert.ok(!limit.allows(LARGEST));
  assert.ok(limit.allows(TINY), 'nothing can make it slower than to hand it over');
  for (let i = 0; i < 10; i++) limit.observeHandOver(LARGEST, handedOver(0.1, 0.15), true);
  assert.ok(limit.allows(LARGEST));
});

test('where it takes long to hand a batch over, slower ones are evaluated here', () => {
  const limit = new InlineLimit();
  for (let i = 0; i < 10; i++) limit.observeHandOver(LARGEST, handedOver(0.3, 0.4), true);
  assert.ok(limit.allows(LARGEST));
  for (let i = 0; i < 10; i++) limit.observeHandOver(LARGEST, handedOver(0.3, 0.1), true);
  assert.ok(!limit.allows(LARGEST));
});

test('one that had to wait for other batches tells nothing of that', () => {
  const limit = new InlineLimit();
  for (let i = 0; i < 10; i++) limit.observeHandOver(LARGEST, handedOver(0.3, 0.4), false);
  assert.ok(!limit.allows(LARGEST));
});

test('none is evaluated here that may take more than half a millisecond, however long a hand-over takes', () => {
  const limit = new InlineLimit();
  for (let i = 0; i < 20; i++) limit.observeHandOver(LARGEST, handedOver(0.55, 100), true);
  assert.ok(!limit.allows(LARGEST));
  for (let i = 0; i < 20; i++) limit.observeHandOver(LARGEST, handedOver(0.45, 100), true);
  assert.ok(limit.allows(LARGEST));
});

test('a batch is handed over once in a thousand or two, to see how long that takes', () => {
  const limit = new InlineLimit();
  for (let i = 0; i < 10; i++) limit.observeHandOver(LARGEST, handedOver(0.3, 0.45), true);
  let batches = 0;
  for (; limit.allows(LARGEST); batches++) limit.observeInline(LARGEST, 0.3);
  assert.ok(batches > 300 && batches < 2000, `after ${batches}`);
  limit.observeHandOver(LARGEST, handedOver(0.3, 0.45), true);
  assert.ok(limit.allows(LARGEST));
});

test('larger batches, which threads always evaluate, change nothing', () => {
  const limit = new InlineLimit();
  const large = zeros(8192, 1);
  for (let i = 0; i < 10; i++) limit.observeHandOver(large, handedOver(5, 0.01), true);
  assert.ok(limit.allows(LARGEST));
});
