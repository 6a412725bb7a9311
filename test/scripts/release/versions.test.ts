import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CHARTS, IMAGE, REPOSITORY, VERSION } from '../../../scripts/release/names.ts';
import {
  isReleaseVersion,
  statedVersions,
  VERSION_PLACES,
  withVersion,
} from '../../../scripts/release/version-places.ts';

// One version and one set of names, whatever states them.

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

for (const file of VERSION_PLACES) {
  test(`${file} states the version of package.json, and takes another`, () => {
    const stated = statedVersions(file);
    assert.deepEqual(new Set(stated), new Set([VERSION]));
    const changed = withVersion(file, '12.0.0-rc.3');
    assert.deepEqual(statedVersions(file, changed), Array(stated.length).fill('12.0.0-rc.3'));
    assert.equal(withVersion(file, VERSION, changed), read(file));
  });
}

test('a file that states its version in another way is an error, not left out', () => {
  assert.throws(() => statedVersions('CITATION.cff', 'version = 1\n'), /CITATION\.cff: expected a version after/);
});

test('versions are those that npm, PyPI, Helm, Go and image tags accept', () => {
  for (const version of ['0.1.0', '1.2.3', '10.0.0-rc.1', '1.0.0-alpha.2'])
    assert.ok(isReleaseVersion(version), version);
  for (const version of ['1.2', '1.2.3-cuda', '1.2.3+build', 'v1.2.3', '1.2.3-rc1', '1.2.3\n']) {
    assert.ok(!isReleaseVersion(version), version);
  }
});

test('package-lock.json and the OpenAPI documents have the version of package.json', () => {
  const lock = JSON.parse(read('package-lock.json'));
  assert.deepEqual([lock.version, lock.packages[''].version], [VERSION, VERSION]);
  for (const name of ['openapi.json', 'openapi-3.0.json']) {
    assert.equal(JSON.parse(read(`openapi/${name}`)).info.version, VERSION, name);
  }
});

test('images, the chart and the repository have one name everywhere', () => {
  const files = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const names = files.status === 0 ? files.stdout.split('\0').filter(Boolean) : VERSION_PLACES;
  const chart = `${CHARTS.replace('oci://', '')}/focal-loss-service`;
  let found = 0;
  for (const file of names) {
    if (!/\.(?:md|yaml|yml|py|tpl|json|go)$|(?:^|\/)Dockerfile$/.test(file) || /^test\//.test(file)) continue;
    const text = read(file);
    for (const [name] of text.matchAll(/\bghcr\.io\/[a-z0-9/_-]+/g)) {
      assert.ok(name === IMAGE || name === chart, `${file}: expected ${IMAGE} or ${chart}, got ${name}`);
      found += 1;
    }
    for (const [version] of text.matchAll(new RegExp(`(?<=${IMAGE}:)\\d[\\w.-]*\\d`, 'g'))) {
      assert.ok(
        VERSION_PLACES.includes(file),
        `${file} names the image ${version}, and scripts/release/version-places.ts not`,
      );
    }
  }
  assert.ok(found >= 10, `${found} names`);
  assert.ok(read('Dockerfile').includes(`org.opencontainers.image.source="${REPOSITORY}"`));
  assert.match(
    read('clients/go/go.mod'),
    new RegExp(`^module ${REPOSITORY.slice('https://'.length)}/clients/go$`, 'm'),
  );
});
