import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// Every relative link of every page leads to a file that exists, every #anchor to a heading of its page, and every path in
// backticks to a file or folder.

const root = fileURLToPath(new URL('../../', import.meta.url));
const NO_PAGES_IN = /^(?:\.(?!github$)|node_modules$|dist$|coverage$)/;
const FENCED = /^```[\s\S]*?^```$/gm;
const LINK = /\]\(([^)\s]+)\)/g;
/** In backticks, from the repository's root or from the page's folder; patterns with a * aside. */
const PATH = /`((?:src|test|bench|scripts|openapi|docker|deploy|clients|examples|docs|\.ci|\.github)\/[\w./-]*)`/g;

const pages = pagesIn(root);

for (const page of pages) {
  test(`links of ${relative(root, page)}`, () => {
    assert.deepEqual(
      linksOf(readFileSync(page, 'utf8'))
        .map((link) => broken(link, page))
        .filter(Boolean),
      [],
    );
  });
}

test('every path that a page names is there', () => {
  const missing = pages.flatMap((page) => {
    const paths = [...readFileSync(page, 'utf8').matchAll(PATH)].map(([, path = '']) => path);
    const gone = paths.filter((path) => !existsSync(join(root, path)) && !existsSync(join(dirname(page), path)));
    return gone.map((path) => `${relative(root, page)}: ${path}`);
  });
  assert.deepEqual(missing, []);
});

test('every page of docs/ is in its index', () => {
  const docs = join(root, 'docs');
  const index = join(docs, 'README.md');
  const linked = new Set(linksOf(readFileSync(index, 'utf8')).map((link) => join(docs, link)));
  const missing = pages.filter((page) => page.startsWith(`${docs}/`) && page !== index && !linked.has(page));
  assert.deepEqual(missing, []);
});

test('a link to no file, and one to no heading, are found', () => {
  const page = join(root, 'README.md');
  assert.equal(broken('docs/no-such-page.md', page), 'docs/no-such-page.md: there is no such file');
  assert.equal(
    broken('docs/README.md#no-such-heading', page),
    'docs/README.md#no-such-heading: there is no such heading',
  );
  assert.equal(broken('docs/README.md#how-to-guides', page), undefined);
});

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NO_PAGES_IN.test(entry.name) ? [] : pagesIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Relative ones alone. */
function linksOf(text: string): string[] {
  const links = [...text.replaceAll(FENCED, '').matchAll(LINK)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function broken(link: string, page: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(target)) return `${link}: there is no such file`;
  if (anchor === undefined) return undefined;
  return headingsOf(readFileSync(target, 'utf8')).includes(anchor) ? undefined : `${link}: there is no such heading`;
}

/** The anchors that GitHub gives to headings: lower case, spaces as dashes, no other punctuation. */
function headingsOf(text: string): string[] {
  const headings = [...text.replaceAll(FENCED, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
