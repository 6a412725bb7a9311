import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

// Reads what `npm audit --json` says from standard input; fails on high-severity advisories that SECURITY.md does not
// explain. `.ci/audit` runs it.

interface Advisory {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly severity: string;
}

interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>;
  /** Set where the registry did not answer with a report. */
  readonly statusCode?: number;
  readonly message?: string;
}

/** How a registry says that it has no advisories to ask for. */
const NO_ENDPOINT = [404, 405, 501];

const report: AuditReport = JSON.parse(await text(process.stdin));
const { vulnerabilities, statusCode, message } = report;
if (vulnerabilities) judge(vulnerabilities);
else if (NO_ENDPOINT.includes(statusCode ?? 0))
  say(`skipped: this registry has no advisories to ask for (${statusCode})`);
else fail(`the registry could not be asked: ${message ?? 'no report came'}`);

function judge(found: NonNullable<AuditReport['vulnerabilities']>): void {
  const explained = readFileSync(new URL('../SECURITY.md', import.meta.url), 'utf8');
  const advisories = Object.values(found).flatMap(({ via }) => via.filter((cause) => typeof cause === 'object'));
  const severe = advisories.filter(({ severity }) => severity === 'high' || severity === 'critical');
  for (const { name, severity, title, url } of severe) {
    const id = url.split('/').at(-1)!;
    const line = `${severity}: ${name}: ${title} (${url})`;
    if (explained.includes(id)) say(`${line}, explained in SECURITY.md`);
    else fail(`${line}, not explained in SECURITY.md`);
  }
  say(`${severe.length} of ${advisories.length} advisories are of high severity or worse`);
}

function say(line: string): void {
  process.stdout.write(`audit: ${line}\n`);
}

function fail(line: string): void {
  say(line);
  process.exitCode = 1;
}
