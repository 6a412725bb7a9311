import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Where the service calls `JSON.parse`, and why that is safe whatever was sent. */
const CALLS: Readonly<Record<string, string>> = {
  'codecs/json/parse-json.ts': 'after checkStructure',
  'codecs/npz/options-text.ts': 'after checkStructure',
  'codecs/parse-option.ts': 'after checkStructure, or of a single value',
  'codecs/json/check-structure.ts': 'of a string',
  'codecs/json/json-cursor.ts': 'of a string',
  'core/version.ts': 'of package.json',
  'telemetry/readable-lines.ts': 'of what this service wrote',
  'loss/class-names.ts': 'of what this service wrote',
  'loss/sweep-summary.ts': 'of what this service wrote',
  'engine/backend-probe-process.ts': 'of what this service passes to its own process',
};

test('no JSON that was sent is parsed before its structure is checked', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('explorer/')) // That runs in browsers.
    .filter((path) => readFileSync(join(SRC, path), 'utf8').includes('JSON.parse('));
  assert.deepEqual(files.sort(), Object.keys(CALLS).sort());
});
