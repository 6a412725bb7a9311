import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

// The check of advisories, on reports as `npm audit --json` writes them.

const path = (relative: string) => new URL(relative, import.meta.url).pathname;

function check(report: object): { code: number | null; text: string } {
  const args = ['--import', path('../../scripts/typescript.mjs'), path('../../scripts/check-advisories.ts')];
  const { status, stdout } = spawnSync(process.execPath, args, { input: JSON.stringify(report), encoding: 'utf8' });
  return { code: status, text: stdout };
}

const advisory = (id: string, severity: string) => ({
  name: 'tar',
  title: 'A title',
  url: `https://github.com/advisories/${id}`,
  severity,
});
const report = (...via: unknown[]) => ({ auditReportVersion: 2, vulnerabilities: { tar: { via } } });

test('no advisories, and those of little weight, pass', () => {
  assert.equal(check({ auditReportVersion: 2, vulnerabilities: {} }).code, 0);
  const { code, text } = check(report(advisory('GHSA-0000-0000-0000', 'moderate'), 'another-package'));
  assert.equal(code, 0);
  assert.match(text, /0 of 1 advisories/);
});

test('a severe one fails unless SECURITY.md explains it', () => {
  for (const severity of ['high', 'critical']) {
    const { code, text } = check(report(advisory('GHSA-0000-0000-0000', severity)));
    assert.equal(code, 1);
    assert.match(text, /tar: A title .*GHSA-0000-0000-0000\), not explained in SECURITY\.md/);
  }
  const { code, text } = check(report(advisory('GHSA-8qq5-rm4j-mr97', 'high')));
  assert.equal(code, 0);
  assert.match(text, /explained in SECURITY\.md/);
});

test('a registry without advisories is skipped with a message; one that fails is not', () => {
  assert.deepEqual(check({ message: '405 Method Not Allowed', statusCode: 405 }), {
    code: 0,
    text: 'audit: skipped: this registry has no advisories to ask for (405)\n',
  });
  for (const failure of [{ message: '503 Unavailable', statusCode: 503 }, { error: { code: 'ENOTFOUND' } }]) {
    assert.equal(check(failure).code, 1);
  }
});
