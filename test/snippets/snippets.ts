import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// What the fenced snippets of all pages are, and by whom each is run: plan.json says so, in the order of each page.

/**
 * - `npm test`: test/snippets/snippets.test.ts
 * - `test/deploy`: test/deploy/snippets.test.ts, where those with Helm need Helm (.ci/deploy); YAML is checked beside it
 * - `test/clients/run`, `test/clients/perf_analyzer.py`, `clients/python/tests`, `clients/go`, `clients/r`, `.ci/start`, `.ci/package`, `.ci/observability`,
 *   `.ci/run`: those
 * - `above`: it is what the snippet above prints
 */
export const RUNNERS = [
  'npm test',
  'test/deploy',
  'test/clients/run',
  'test/clients/perf_analyzer.py',
  'clients/python/tests',
  'clients/go',
  'clients/r',
  '.ci/start',
  '.ci/package',
  '.ci/observability',
  '.ci/run',
  'above',
] as const;

export type Runner = (typeof RUNNERS)[number];

export interface Snippet {
  /** From the repository's root. */
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

export interface Planned extends Snippet {
  readonly by: Runner | undefined;
  readonly whyNot: string | undefined;
  /** What it prints, if the page says so. */
  readonly prints: string | undefined;
}

type Plan = Readonly<Record<string, readonly { starts: string; by?: Runner; why_not?: string }[]>>;

const ROOT = new URL('../../', import.meta.url);
const NO_PAGES_IN = /^(?:\.|node_modules$|dist$|coverage$)/;

const plan: Plan = JSON.parse(readFileSync(new URL('plan.json', import.meta.url), 'utf8'));

/** Every snippet of every page, with what is planned for it; throws for one that nothing is planned for. */
export function plannedSnippets(): Planned[] {
  const pages = pagesIn('').filter((page) => snippetsOf(page).length > 0);
  assert.deepEqual(pages.sort(), Object.keys(plan).sort(), 'pages with snippets, and those in test/snippets/plan.json');
  return pages.flatMap((page) => {
    const snippets = snippetsOf(page);
    const entries = plan[page]!;
    return snippets.map((snippet, i) => {
      const entry = entries[i];
      const known =
        entry && snippet.text.startsWith(entry.starts) && (entry.by === undefined) !== (entry.why_not === undefined);
      assert.ok(known, `test/snippets/plan.json does not say who runs this snippet of ${page}:\n${snippet.text}`);
      assert.ok(entry.by === undefined || RUNNERS.includes(entry.by), entry.by);
      assert.equal(entries.length, snippets.length, `snippets of ${page} in test/snippets/plan.json`);
      const prints = entries[i + 1]?.by === 'above' ? snippets[i + 1]!.text : undefined;
      return { ...snippet, by: entry.by, whyNot: entry.why_not, prints };
    });
  });
}

function pagesIn(folder: string): string[] {
  return readdirSync(new URL(folder, ROOT), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return NO_PAGES_IN.test(entry.name) ? [] : pagesIn(`${path}/`);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(fileURLToPath(new URL(page, ROOT)), 'utf8');
  const snippets = [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, language, snippet]) => {
    return { page, language: language!, text: snippet! };
  });
  return snippets.filter(({ language }) => language !== 'mermaid');
}
