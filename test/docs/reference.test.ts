import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLIENT_NAMES, NAMES_PAGE, withClientHints, withForeignNames } from '../../scripts/reference/foreign-names.ts';
import {
  ERRORS_PAGE,
  SECURITY_PAGE,
  SETTINGS_PAGE,
  withCosts,
  withProblems,
  withSettings,
} from '../../scripts/reference/pages.ts';
import { requestCosts } from '../../scripts/reference/request-costs.ts';
import { FOREIGN_NAME_HINTS } from '../../src/codecs/foreign-names.ts';
import { type Config, describeSettings, loadConfig } from '../../src/config.ts';
import { PROBLEMS } from '../../src/http/problem.ts';

const settings = readFileSync(SETTINGS_PAGE, 'utf8');
const errors = readFileSync(ERRORS_PAGE, 'utf8');

test('docs/reference/settings.md lists every setting, as --help does', () => {
  for (const { name, description } of describeSettings()) {
    assert.ok(settings.includes(`| \`${name}\` |`) && settings.includes(description), name);
  }
  assert.equal(settings, withSettings(settings), '`npm run docs` writes it');
});

test('docs/reference/names.md and the Python client list every foreign name', () => {
  const page = readFileSync(NAMES_PAGE, 'utf8');
  const module = readFileSync(CLIENT_NAMES, 'utf8');
  for (const [name, hint] of Object.entries(FOREIGN_NAME_HINTS)) {
    assert.ok(page.includes(`\`${name}\``), name);
    assert.ok(module.includes(`    "${name}": `) && module.includes(hint), name);
  }
  assert.equal(page, withForeignNames(page), '`npm run docs` writes it');
  assert.equal(module, withClientHints(module), '`npm run docs` writes it');
});

test('SECURITY.md says what requests can cost', () => {
  const page = readFileSync(SECURITY_PAGE, 'utf8');
  for (const { kind } of requestCosts(loadConfig([], {}) as Config)) assert.ok(page.includes(`| ${kind} |`), kind);
  assert.equal(page, withCosts(page), '`npm run docs` writes it');
});

test('docs/reference/errors.md lists every code with its status and title', () => {
  for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
    assert.ok(errors.includes(`| \`${code}\` | ${status} | ${title} |`), code);
  }
  assert.equal(errors, withProblems(errors), '`npm run docs` writes it');
});

test('a code that the page does not explain, and an explanation of none, are errors', () => {
  assert.throws(() => withProblems(errors.replace(/^\| `queue_full`.*\n/m, '')), /does not explain queue_full/);
  assert.throws(() => withProblems(errors.replace('`queue_full`', '`queue_empty`')), /explains queue_empty/);
});

test('docs/reference/semantics.md lists every option with its default', () => {
  const page = readFileSync(new URL('../../docs/reference/semantics.md', import.meta.url), 'utf8');
  const { components } = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'));
  const options: Record<string, { default?: unknown }> = components.schemas.FocalLossRequest.properties;
  const [, table = ''] = /^## Options\n([\s\S]*?)^## /m.exec(page) ?? [];
  const listed = new Map([...table.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, initial]) => [name, initial]));
  assert.deepEqual([...listed.keys()].sort(), Object.keys(options).sort());
  for (const [name, { default: initial }] of Object.entries(options)) {
    if (initial === undefined) continue;
    const values = [...(listed.get(name)?.matchAll(/`([^`]+)`/g) ?? [])].map(([, value = '']) => value);
    assert.deepEqual(values.map(parsed), [initial].flat(), name);
  }
});

function parsed(value: string): unknown {
  return /^-?[\d.]|^(?:true|false)$/.test(value) ? JSON.parse(value) : value;
}
