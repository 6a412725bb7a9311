import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cleanEnvironment } from '../harness/clean-environment.ts';

const TESTS = new URL('../', import.meta.url);
/** These start other programs than the service. */
const OTHERS = [
  'deploy/snippets.test.ts',
  'fleet/run.ts',
  'harness/clean-environment.ts',
  'structure/environment.test.ts',
];

test('a process that a test starts gets no settings of the service from the environment', (t) => {
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  Object.assign(process.env, { PORT: '1', API_KEYS_FILE: '/nope', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', TZ: 'UTC' });
  const { PORT, API_KEYS_FILE, OTEL_EXPORTER_OTLP_ENDPOINT, TZ } = cleanEnvironment();
  assert.deepEqual([PORT, API_KEYS_FILE, OTEL_EXPORTER_OTLP_ENDPOINT, TZ], [undefined, undefined, undefined, 'UTC']);
  for (const name of readdirSync(TESTS, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || OTHERS.includes(name)) continue;
    const text = readFileSync(new URL(name, TESTS), 'utf8');
    assert.ok(
      !text.includes('...process.env'),
      `${name}: expected cleanEnvironment() of test/harness/clean-environment.ts`,
    );
  }
});
