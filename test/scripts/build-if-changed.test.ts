import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../harness/clean-environment.ts';

const script = fileURLToPath(new URL('../../scripts/build-if-changed.mjs', import.meta.url));

test('the service is built when something that it is built from has changed, and only then', () => {
  const folder = mkdtempSync(join(tmpdir(), 'build-if-changed-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const define = (build: string) => writeFileSync(path('package.json'), JSON.stringify({ scripts: { build } }));
  const run = () => {
    rmSync(path('ran'), { force: true });
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...cleanEnvironment(), npm_config_update_notifier: 'false' },
    });
    assert.equal(stdout, '', 'standard output is for the log of the service');
    return { status, built: existsSync(path('ran')), stderr };
  };
  mkdirSync(path('src/loss'), { recursive: true });
  for (const name of ['src/main.ts', 'src/loss/loss.ts']) writeFileSync(path(name), '');
  define('mkdir -p dist && cp src/main.ts dist/main.js && touch ran');

  assert.match(run().stderr, /run "npm ci" first\n$/);
  mkdirSync(path('node_modules'));
  const first = run();
  assert.deepEqual([first.status, first.built], [0, true]);
  assert.match(first.stderr, /^Building the service/);
  assert.deepEqual(run(), { status: 0, built: false, stderr: '' });

  writeFileSync(path('src/main.ts'), '1');
  assert.ok(run().built, 'a file was changed');
  assert.equal(readFileSync(path('dist/main.js'), 'utf8'), '1');
  rmSync(path('src/loss/loss.ts'));
  assert.ok(run().built, 'a file was removed');
  rmSync(path('dist/main.js'));
  assert.ok(run().built, 'the build was removed');
  assert.ok(!run().built);

  define('exit 3');
  for (const attempt of [1, 2]) assert.equal(run().status, 3, `attempt ${attempt}`);
});
