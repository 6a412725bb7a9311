import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { changelogSection, releaseChangelog, releaseNotes } from '../../../scripts/release/changelog.ts';
import { REPOSITORY, VERSION } from '../../../scripts/release/names.ts';

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A [page](docs/page.md#part), a [site](https://example.org/a).

## [0.1.0] - 2026-01-02

- The first.

## [0.0.1] - 2026-01-01
`;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const notes = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', './scripts/typescript.mjs', 'scripts/release/notes.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });

test('a section is what lies below its heading, up to the next version', () => {
  assert.equal(changelogSection(CHANGELOG, '0.1.0'), '- The first.');
  assert.match(changelogSection(CHANGELOG, 'Unreleased')!, /^### Added\n\n- A .*\.$/);
});

test('there is no section for another version, for a part of one, or without changes', () => {
  for (const name of ['0.2.0', '0.1', '0.0.1']) assert.equal(changelogSection(CHANGELOG, name), undefined, name);
});

test('what is unreleased becomes the section of the version, below an empty one', () => {
  const released = releaseChangelog(CHANGELOG, '0.2.0', '2026-03-04');
  assert.equal(changelogSection(released, 'Unreleased'), undefined);
  assert.equal(changelogSection(released, '0.2.0'), changelogSection(CHANGELOG, 'Unreleased'));
  assert.ok(released.includes('## [Unreleased]\n\n## [0.2.0] - 2026-03-04\n\n### Added'));
  assert.throws(() => releaseChangelog(released, '0.3.0', '2026-03-05'), /expected changes under ## \[Unreleased\]/);
  assert.throws(() => releaseChangelog(CHANGELOG, '0.1.0', '2026-03-05'), /a section for 0\.1\.0 already/);
});

test('links in the notes lead to the files of the tag', () => {
  const text = releaseNotes(changelogSection(CHANGELOG, 'Unreleased')!, 'https://host/owner/name', 'v0.2.0');
  assert.match(text, /\[page\]\(https:\/\/host\/owner\/name\/blob\/v0\.2\.0\/docs\/page\.md#part\)/);
  assert.match(text, /\[site\]\(https:\/\/example\.org\/a\)/);
});

test('the notes of the next release exist, and their links lead to files', () => {
  const { status, stdout, stderr } = notes();
  assert.equal(status, 0, stderr);
  assert.ok(stdout.length < 125_000, 'what GitHub accepts');
  const links = [...stdout.matchAll(/\]\((https:[^)#\s]+)/g)].map(([, link]) => link!);
  const files = links.filter((link) => link.startsWith(REPOSITORY)).map((link) => link.split(`/v${VERSION}/`)[1]!);
  for (const file of files) assert.ok(existsSync(`${root}${file}`), file);
  assert.doesNotMatch(stdout, /\]\((?!https?:|#)/);
});

test('a tag of another version is an error', () => {
  const { status, stdout, stderr } = notes('v99.0.0');
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, new RegExp(`^expected the tag v${VERSION}, which package\\.json states, got v99\\.0\\.0\n$`));
});
