import { readFileSync, writeFileSync } from 'node:fs';
import { releaseChangelog } from './changelog.ts';
import { VERSION } from './names.ts';
import { isReleaseVersion, VERSION_PLACES, withVersion } from './version-places.ts';

// Part of `npm version`, which has written the new version to package.json and commits afterwards: writes it wherever
// else it is stated, and gives what is unreleased in CHANGELOG.md its heading.

if (!isReleaseVersion(VERSION)) {
  throw new Error(`expected a version such as 1.2.3 or 1.2.3-rc.1, got ${VERSION}`);
}
const changelog = new URL('../../CHANGELOG.md', import.meta.url);
const today = new Date().toISOString().slice(0, 10);
const texts = new Map([[changelog, releaseChangelog(readFileSync(changelog, 'utf8'), VERSION, today)]]);
for (const file of VERSION_PLACES) texts.set(new URL(`../../${file}`, import.meta.url), withVersion(file, VERSION));
// After all of them are known to be right.
for (const [file, text] of texts) writeFileSync(file, text);
