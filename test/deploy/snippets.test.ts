import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { plannedSnippets } from '../snippets/snippets.ts';
import { deploy, find, type Release } from './manifests.ts';

// The snippets that install, run as they stand, where there is no cluster: `kubectl` only notes its arguments, and `helm`
// renders what it would install.

const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >> "$NOTES"
`;
const HELM = `#!/bin/sh
case "$1" in
install) shift ;;
upgrade) shift 2 ;; # --reuse-values: there is nothing before
esac
exec "$REAL_HELM" template "$@" --kube-version 1.31.0
`;

const realHelm = spawnSync('sh', ['-c', 'command -v helm'], { encoding: 'utf8' }).stdout.trim();
const noHelm = realHelm === '' && 'there is no Helm here: .ci/deploy installs it where it can';
const snippets = plannedSnippets().filter(({ by, language }) => by === 'test/deploy' && language === 'sh');
const folder = mkdtempSync(join(tmpdir(), 'deploy-snippets-'));
after(() => rmSync(folder, { recursive: true }));
cpSync(fileURLToPath(deploy), join(folder, 'deploy'), { recursive: true });
for (const [name, script] of Object.entries({ kubectl: KUBECTL, helm: HELM })) {
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), 0o755);
}

for (const { page, text } of snippets) {
  test(`${page}: ${text.split('\n', 1)}`, { skip: text.includes('helm ') && noHelm }, () => {
    const notes = join(folder, 'notes');
    writeFileSync(notes, '');
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, NOTES: notes, REAL_HELM: realHelm };
    const { status, stdout, stderr } = spawnSync('sh', ['-ec', text], { cwd: folder, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const noted = readFileSync(notes, 'utf8').trim().split('\n').filter(Boolean);
    for (const line of noted) checkKubectl(line);
    if (!text.includes('helm ')) return;
    const release = parseAllDocuments(stdout).map((document) => document.toJS());
    checkImage(release, text);
    checkSecret(release, noted);
  });
}

/** The files that it names are there; that they are valid, other tests check of all manifests. */
function checkKubectl(line: string): void {
  const files = [...line.matchAll(/ -f (\S+)| --from-file=\S+=(\S+)/g)].map(
    ([, manifest, entry]) => manifest ?? entry!,
  );
  assert.ok(files.length > 0, line);
  for (const file of files) assert.notEqual(readFileSync(join(folder, file), 'utf8'), '');
}

function checkImage(release: Release, text: string): void {
  const [, repository] = /image\.repository=(\S+)/.exec(text) ?? [];
  const { image } = find(release, 'Deployment').spec.template.spec.containers[0];
  if (repository) assert.ok(image.startsWith(`${repository}:`), image);
}

/** The secret that the pods mount is the one that was created, with an entry of the name that they read. */
function checkSecret(release: Release, noted: readonly string[]): void {
  const created = noted.map((line) => /^create secret generic (\S+)/.exec(line)?.[1]).find(Boolean);
  if (!created) return;
  const { volumes } = find(release, 'Deployment').spec.template.spec;
  const { secret } = volumes.find(({ name }: { name: string }) => name === 'api-keys');
  assert.equal(secret.secretName, created);
  assert.ok(noted.some((line) => line.includes(`--from-file=${secret.items[0].key}=`)));
}
