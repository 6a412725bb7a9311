import { readFileSync } from 'node:fs';
import { changelogSection, releaseNotes } from './changelog.ts';
import { REPOSITORY, VERSION } from './names.ts';
import { statedVersions, VERSION_PLACES } from './version-places.ts';

// notes.ts [TAG]: prints the notes of the release. With the tag that is to be published it first makes sure that the tag
// and all files state the version of package.json, and that the changelog has a section for it. Without, as in a dry
// run, what is unreleased will do.

const [, , tag] = process.argv;
const changelog = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');

if (tag !== undefined) {
  if (tag !== `v${VERSION}`) fail(`expected the tag v${VERSION}, which package.json states, got ${tag}`);
  for (const file of VERSION_PLACES) {
    const other = statedVersions(file).find((version) => version !== VERSION);
    if (other) fail(`${file}: expected ${VERSION}, which package.json states, got ${other}: use npm version`);
  }
}
const section =
  changelogSection(changelog, VERSION) ?? (tag === undefined ? changelogSection(changelog, 'Unreleased') : undefined);
if (section === undefined)
  fail(`CHANGELOG.md: expected a section [${VERSION}] with changes, got none: use npm version`);
process.stdout.write(releaseNotes(section, REPOSITORY, `v${VERSION}`));

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
