import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CHARTS, IMAGE, REPOSITORY, VERSION } from '../../../scripts/release/names.ts';

// scripts/release/publish as far as it can be told without keys: the commands that it would run.

const script = fileURLToPath(new URL('../../../scripts/release/publish', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'release-'));
after(() => rmSync(folder, { recursive: true }));
for (const name of ['python', 'chart']) mkdirSync(join(folder, name));
const files = ['focal-loss-service.tgz', 'python/client.whl', `chart/focal-loss-service-${VERSION}.tgz`];
for (const name of [...files, 'notes.md']) writeFileSync(join(folder, name), '');

function publish(...args: string[]) {
  return spawnSync(script, args, { encoding: 'utf8' });
}

function dryRun(what: string): string {
  const { status, stdout, stderr } = publish(what, folder, '--dry-run');
  assert.equal(status, 0, stderr);
  return stdout;
}

test('images are pushed under their names, with attestations', () => {
  const cpu = dryRun('image-cpu');
  assert.match(cpu, / --target cpu .* --push --sbom=true --provenance=mode=max /);
  assert.deepEqual(cpu.match(/(?<=--tag )\S+/g), [`${IMAGE}:${VERSION}`, `${IMAGE}:latest`]);
  assert.ok(cpu.includes(`VERSION=${VERSION} `));
  const cuda = dryRun('image-cuda');
  assert.match(cuda, / --target cuda /);
  assert.deepEqual(cuda.match(/(?<=--tag )\S+/g), [`${IMAGE}:${VERSION}-cuda`, `${IMAGE}:cuda`]);
});

test('the chart is pushed to where its README says', () => {
  assert.equal(dryRun('chart'), `helm push ${join(folder, files[2]!)} ${CHARTS}\n`);
});

test('the release has the notes and all files, and Go gets its tag', () => {
  const lines = dryRun('github').trim().split('\n');
  assert.equal(lines.length, 2);
  assert.match(
    lines[0]!,
    new RegExp(`^gh api repos${new URL(REPOSITORY).pathname}/git/refs .*ref=refs/tags/clients/go/v${VERSION} `),
  );
  assert.ok(lines[1]!.startsWith(`gh release create v${VERSION} --verify-tag `));
  for (const name of ['notes.md', ...files.slice(1)]) assert.ok(lines[1]!.includes(join(folder, name)), name);
});

test('what is misspelt publishes nothing', () => {
  for (const args of [
    ['pypi', folder, '--dry-run'],
    ['chart', folder, '--dryrun'],
  ]) {
    const { status, stdout, stderr } = publish(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^expected .*, got (?:pypi|--dryrun)\n$/);
  }
});
