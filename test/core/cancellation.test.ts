import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../src/core/cancellation.ts';

test('a batch is cancelled once, however often that is asked for', () => {
  const cancellation = new Cancellation();
  let events = 0;
  cancellation.on('abort', () => events++);
  assert.equal(cancellation.aborted, false);
  cancellation.abort();
  assert.equal(cancellation.aborted, true);
  cancellation.abort();
  assert.equal(events, 1);
});

test('any number of parts may listen, without a warning', (t) => {
  const emitWarning = t.mock.method(process, 'emitWarning', () => {});
  const cancellation = new Cancellation();
  for (let part = 0; part < 100; part++) cancellation.on('abort', () => {});
  assert.equal(emitWarning.mock.callCount(), 0);
});
