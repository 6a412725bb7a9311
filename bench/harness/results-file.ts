import { updateSections } from '../../test/harness/sections.ts';

const FILE = new URL('../RESULTS.md', import.meta.url);

const HEADING = `# Results

\`npm run bench\` writes this page. \`npm run bench -- NAME …\` measures only the named benchmarks again, so every section has
its own date. Competitors take turns within one run. Times are medians, and a ratio is the median of the ratios within each
round. What was not measured is left out.`;

/** Puts a section into the results in place of the one that it had, in the order of `names`. */
export async function updateResults(name: string, section: string, names: readonly string[]): Promise<void> {
  await updateSections(FILE, HEADING, name, section, names);
}
