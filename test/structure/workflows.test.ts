import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';

// What a linter of workflows does not know: that they do what this repository promises. .ci/deploy runs the linter.

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly needs?: readonly string[];
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Record<string, unknown>;
  }[];
}

const folder = new URL('../../.github/workflows/', import.meta.url);
const texts = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);

for (const [name, text] of texts) {
  const workflow = parse(text) as { readonly permissions: unknown; readonly jobs: Readonly<Record<string, Job>> };

  test(`${name}: each action is a commit, with the version that it is of`, () => {
    const uses = text.split('\n').filter((line) => /\buses:/.test(line));
    assert.ok(uses.length > 0);
    for (const line of uses) assert.match(line, /uses: (?:\.\/|[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/);
  });

  test(`${name}: what may write or sign is in the environment that its owners guard`, () => {
    assert.ok(
      JSON.stringify(workflow.permissions) === '{}' || JSON.stringify(workflow.permissions) === '{"contents":"read"}',
    );
    for (const [job, { permissions = {}, environment }] of Object.entries(workflow.jobs)) {
      if (Object.values(permissions).includes('write')) assert.equal(environment, 'release', job);
    }
  });

  test(`${name}: nothing of an event gets into a shell command, and no checkout leaves its token behind`, () => {
    for (const { steps = [] } of Object.values(workflow.jobs)) {
      for (const { uses, run = '', with: inputs } of steps) {
        assert.doesNotMatch(run, /\$\{\{/);
        if (uses?.startsWith('actions/checkout@')) assert.equal(inputs?.['persist-credentials'], false);
      }
    }
  });
}

test('nothing is published before CI has passed, and the release is announced last', () => {
  const { jobs } = parse(texts.find(([name]) => name === 'release.yml')![1]) as { jobs: Record<string, Job> };
  const before = (job: string): string[] => (jobs[job]!.needs ?? []).flatMap((other) => [other, ...before(other)]);
  const publishing = Object.keys(jobs).filter((job) => Object.values(jobs[job]!.permissions ?? {}).includes('write'));
  assert.deepEqual(publishing.sort(), ['chart', 'github', 'images', 'npm', 'pypi']);
  for (const job of publishing) assert.ok(before(job).includes('ci') && before(job).includes('build'), job);
  assert.deepEqual(new Set(before('github')), new Set(Object.keys(jobs).filter((job) => job !== 'github')));
});
