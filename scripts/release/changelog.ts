// CHANGELOG.md in the form of Keep a Changelog: a section for each version, the changes since the last one on top.

const UNRELEASED = '## [Unreleased]';

/** The text below the heading of a version or of `Unreleased`; undefined if there is no such section or it is empty. */
export function changelogSection(changelog: string, name: string): string | undefined {
  const lines = changelog.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`## [${name}]`));
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
  return section.join('\n').trim() || undefined;
}

/** The changelog with what is unreleased under the heading of a version. `date` is a day, such as 2026-11-30. */
export function releaseChangelog(changelog: string, version: string, date: string): string {
  if (changelog.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has a section for ${version} already`);
  if (!changelogSection(changelog, 'Unreleased')) {
    throw new Error(`CHANGELOG.md: expected changes under ${UNRELEASED}, got none: describe what users see`);
  }
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n\n## [${version}] - ${date}`);
}

/**
 * The notes of a release, to be read anywhere: links to files of the repository, as the changelog has them, lead to
 * those of the tag.
 */
export function releaseNotes(section: string, repository: string, tag: string): string {
  const links = section.replaceAll(/\]\((?!https?:|#)(?<path>[^)\s]+)\)/g, `](${repository}/blob/${tag}/$<path>)`);
  return `${links}\n`;
}
