import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { Lifecycle, onceClosed } from '../../src/http/lifecycle.ts';

const response = () => Object.assign(new EventEmitter(), { destroyed: false }) as unknown as ServerResponse;

test('a service that is closing stays so, whatever is called next', () => {
  const lifecycle = new Lifecycle();
  assert.deepEqual([lifecycle.draining, lifecycle.closing], [false, false]);
  lifecycle.drain();
  assert.deepEqual([lifecycle.draining, lifecycle.closing], [true, false]);
  lifecycle.close();
  lifecycle.drain(); // A second signal.
  assert.deepEqual([lifecycle.draining, lifecycle.closing], [true, true]);
});

test('only responses that are in flight are waited for', async () => {
  const lifecycle = new Lifecycle();
  const [sent, open] = [response(), response()];
  lifecycle.track(sent);
  lifecycle.track(open);
  sent.emit('close');
  let isDrained = false;
  const drained = lifecycle.drained().then(() => {
    isDrained = true;
  });
  await new Promise(setImmediate);
  assert.equal(isDrained, false);
  open.emit('close');
  await drained;
  await lifecycle.drained(); // Nothing is in flight.
});

test('bodies that are still arriving are rejected, and those that have arrived are not', () => {
  const lifecycle = new Lifecycle();
  const rejected: string[] = [];
  const end = lifecycle.trackUpload(() => rejected.push('arrived'));
  lifecycle.trackUpload(() => rejected.push('arriving'));
  end();
  lifecycle.rejectUploads();
  assert.deepEqual(rejected, ['arriving']);
});

test('a response that is closed already calls back at once, another when it is', () => {
  const calls: string[] = [];
  onceClosed(Object.assign(response(), { destroyed: true }), () => calls.push('closed'));
  const open = response();
  onceClosed(open, () => calls.push('open'));
  assert.deepEqual(calls, ['closed']);
  open.emit('close');
  open.emit('close');
  assert.deepEqual(calls, ['closed', 'open']);
});
