import assert from 'node:assert/strict';
import { afterEach } from 'node:test';
import { until } from '../harness/until.ts';
import { sourceTimers } from './source-timers.ts';

// What a test must leave as it found it, whether it passes or fails. The functions that make services, engines and pools for tests
// add their checks here, so that no test can forget them; test/structure/leak-checks.test.ts sees to it that all use these.

interface Check {
  readonly what: string;
  readonly holds: () => boolean | Promise<boolean>;
}

const checks = new Set<Check>();
const open = new Set<{ readonly what: string }>();

/**
 * Waits, after every test of the file, until this holds; a test after which it never does fails.
 *
 * @returns ends it
 */
export function nothingLeft(what: string, holds: Check['holds']): () => void {
  const check = { what, holds };
  checks.add(check);
  return () => checks.delete(check);
}

/** Something that the file has to close. If it does not, the file fails. @returns tells that it is closed */
export function mustBeClosed(what: string): () => void {
  const opened = { what };
  open.add(opened);
  return () => open.delete(opened);
}

afterEach(async () => {
  for (const check of checks) {
    await until(check.what, check.holds).catch((error) => {
      checks.delete(check); // It would fail after all of the next tests, too.
      throw error;
    });
  }
  await until('no timer of src/ is left', () => sourceTimers.running.length === 0).catch((error) => {
    assert.fail(`${error.message}; there are those of ${sourceTimers.running.join(', ')}`);
  });
  assert.deepEqual(
    sourceTimers.takeFired(),
    [],
    'long timers that ran out, and were not cleared when their work was done',
  );
});

process.once('exit', () => {
  const left = [...[...open].map(({ what }) => what), ...sourceTimers.ofServices];
  if (left.length === 0) return;
  process.stderr.write(`not closed at the end of the file: ${left.join(', ')}\n`);
  process.exitCode = 1;
});
