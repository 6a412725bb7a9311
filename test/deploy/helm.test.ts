import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chart, deploy } from './manifests.ts';

// deploy/rendered is what the chart renders to, where Helm is there to tell.

const helm = (...args: string[]) => spawnSync('helm', args, { encoding: 'utf8' });
const skip = helm('version').status === 0 ? false : 'there is no Helm here: .ci/deploy installs it where it can';
const path = fileURLToPath(chart);

const folder = mkdtempSync(join(tmpdir(), 'rendered-'));
after(() => rmSync(folder, { recursive: true }));

test('deploy/rendered is what deploy/render writes', { skip }, () => {
  const { status, stderr } = spawnSync(fileURLToPath(new URL('render', deploy)), [folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const committed = fileURLToPath(new URL('rendered', deploy));
  assert.deepEqual(readdirSync(folder), readdirSync(committed));
  for (const name of readdirSync(folder)) {
    assert.equal(readFileSync(join(folder, name), 'utf8'), readFileSync(join(committed, name), 'utf8'), name);
  }
});

test('helm lint finds nothing', { skip }, () => {
  for (const values of readdirSync(new URL('ci/', chart))) {
    const { status, stdout } = helm(
      'lint',
      '--strict',
      '--kube-version',
      '1.31.0',
      path,
      '--values',
      `${path}ci/${values}`,
    );
    assert.equal(status, 0, stdout);
  }
});

test('values that are misspelt, of the wrong type or not a setting are refused', { skip }, () => {
  const wrong = ['replicas=3', 'settings.QUEUE=x', 'settings.QUEUE_LIMIT=many', 'settings.SOCKET=/s', 'gpu.engine=tpu'];
  for (const value of [...wrong, 'autoscaling.type=vpa', 'apiKeys.keys={with space}']) {
    const { status, stderr } = helm('template', path, '--kube-version', '1.31.0', '--set-string', value);
    assert.equal(status, 1, value);
    assert.match(stderr, /values don't meet the specifications of the schema/);
  }
});
