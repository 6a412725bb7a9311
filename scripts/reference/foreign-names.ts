import { FOREIGN_NAME_HINTS, FOREIGN_NAMES } from '../../src/codecs/foreign-names.ts';

export const NAMES_PAGE = new URL('../../docs/reference/names.md', import.meta.url);
export const CLIENT_NAMES = new URL('../../clients/python/src/focal_loss_client/foreign_names.py', import.meta.url);

const TABLE = /^\| elsewhere \| here \|\n\| --- .*\n(?:\|.*\n)*/m;
/** What the heading of the column says already. */
const HEADING = /^here it is /;
const CLIENT_TABLE = /^FOREIGN_NAME_HINTS = \{\n(?: {4}.*\n)*\}\n/m;

/** The page with all names of other libraries. */
export function withForeignNames(page: string): string {
  const rows = FOREIGN_NAMES.map(
    ({ names, here }) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${here.replace(HEADING, '')} |`,
  );
  return page.replace(TABLE, () => `| elsewhere | here |\n| --- | --- |\n${rows.join('\n')}\n`);
}

/** The Python client's module with the same. */
export function withClientHints(module: string): string {
  const entries = Object.entries(FOREIGN_NAME_HINTS).map(
    ([name, hint]) => `    ${JSON.stringify(name)}: ${quoted(hint)},\n`,
  );
  return module.replace(CLIENT_TABLE, () => `FOREIGN_NAME_HINTS = {\n${entries.join('')}}\n`);
}

/** A string in Python, with the quotes that its formatter prefers. */
function quoted(text: string): string {
  return text.includes('"') && !text.includes("'") ? `'${text}'` : JSON.stringify(text);
}
