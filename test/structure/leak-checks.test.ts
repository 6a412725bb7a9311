import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

// Services, engines, codec pools and buffers of tests are made by functions that check, after every test, that nothing of them is
// left in use.

const TESTS = new URL('../', import.meta.url);
const INSTEAD_OF = {
  'buildApp(': 'helpers/http/build-test-app.ts',
  'startEngine(': 'helpers/engine/start-test-engine.ts',
  'new CodecPool(': 'helpers/codecs/start-codec-pool.ts',
  'new BufferPool(': 'helpers/core/create-test-buffers.ts',
};
/** The tests of leases and pools themselves hold buffers on purpose. */
const OWN = ['core/buffer-pool.test.ts', 'core/buffer-lease.test.ts', 'structure/leak-checks.test.ts'];

test('no test makes a service, an engine, a codec pool or buffers that nothing checks', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of files.filter((file) => !OWN.includes(file))) {
    const text = readFileSync(new URL(name, TESTS), 'utf8');
    for (const [call, helper] of Object.entries(INSTEAD_OF)) {
      if (name !== helper)
        assert.ok(!text.includes(call), `${name}: expected the function of test/${helper}, got ${call}…)`);
    }
  }
});
