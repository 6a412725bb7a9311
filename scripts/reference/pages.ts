import { MAX_INFLATION } from '../../src/codecs/content-encoding.ts';
import { type Config, describeSettings, loadConfig } from '../../src/config.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { requestCosts } from './request-costs.ts';

export const SETTINGS_PAGE = new URL('../../docs/reference/settings.md', import.meta.url);
export const ERRORS_PAGE = new URL('../../docs/reference/errors.md', import.meta.url);

export const SECURITY_PAGE = new URL('../../SECURITY.md', import.meta.url);

const SETTINGS_TABLE = /^\| variable \| flag .*\n\| --- .*\n(?:\|.*\n)*/m;
const ERRORS_TABLE = /^\| code \| status .*\n\| --- .*\n(?:\|.*\n)*/m;

const COSTS_TABLE = /^\| a request may have \| .*\n\| --- .*\n(?:\|.*\n)*/m;

/** The page with what requests can cost, with the default settings. */
export function withCosts(page: string): string {
  const rows = requestCosts(loadConfig([], {}) as Config).map(({ kind, limit, cpuNs, memoryBytes, bodyBytes }) => {
    const isCompressed = bodyBytes < 1 / 256;
    const plain = isCompressed ? '' : time(cpuNs / bodyBytes);
    const compressed = time((cpuNs / bodyBytes) * (isCompressed ? 1 : MAX_INFLATION.gzip));
    const cells = [kind, limit, time(cpuNs), time(limit * cpuNs), plain, compressed, memoryBytes];
    return `| ${cells.join(' | ')} |`;
  });
  return page.replace(COSTS_TABLE, (table) => withRows(table, rows));
}

/** In the unit that leaves one digit or more before the point. */
function time(ns: number): string {
  const units = ['ns', 'µs', 'ms', 's'];
  const step = Math.min(Math.floor(Math.log10(ns) / 3), units.length - 1);
  return `${Number((ns / 1000 ** step).toPrecision(2))} ${units[step]}`;
}

/** The page with all settings, as `--help` describes them. */
export function withSettings(page: string): string {
  const rows = describeSettings().map(
    ({ name, flag, initial, description }) => `| \`${name}\` | \`${flag}\` | ${initial} | ${description} |`,
  );
  return page.replace(SETTINGS_TABLE, (table) => withRows(table, rows));
}

/**
 * The page with code, status and title of every problem. When it occurs, and what to do, are kept as the page has them.
 *
 * @throws {Error} for a code that the page does not explain, and for one that it explains although it does not exist
 */
export function withProblems(page: string): string {
  return page.replace(ERRORS_TABLE, (table) => {
    const explained = new Map(
      [...table.matchAll(/^\| `(\w+)` \|.*?\|.*?\| (\S.*\|.*\S) \|$/gm)].map(([, code = '', text = '']) => [
        code,
        text,
      ]),
    );
    const unknown = [...explained.keys()].filter((code) => !(code in PROBLEMS));
    if (unknown.length > 0)
      throw new Error(`the page explains ${unknown.join(', ')}, which no problem has as its code`);
    const rows = Object.entries(PROBLEMS).map(([code, { status, title }]) => {
      const text = explained.get(code);
      if (text === undefined) throw new Error(`the page does not explain ${code}`);
      return `| \`${code}\` | ${status} | ${title} | ${text} |`;
    });
    return withRows(table, rows);
  });
}

function withRows(table: string, rows: readonly string[]): string {
  const [head, rule] = table.split('\n');
  return `${[head, rule, ...rows].join('\n')}\n`;
}
