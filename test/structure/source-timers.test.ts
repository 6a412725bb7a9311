import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { Deadline } from '../../src/http/deadline.ts';
import { sourceTimers } from '../helpers/source-timers.ts';

test('long timers that src/ has started are seen until they are cleared, and those of tests are not', async () => {
  const own = setTimeout(() => {}, 60_000);
  const response = Object.assign(new EventEmitter(), { destroyed: false }) as unknown as ServerResponse;
  const deadline = new Deadline(60_000, response);
  await deadline.during(Promise.resolve());
  assert.match(sourceTimers.running.join(), /^[^,]*\/src\/http\/deadline\.ts$/);
  await deadline.race(Promise.resolve());
  assert.deepEqual(sourceTimers.running, []);
  clearTimeout(own);
});
