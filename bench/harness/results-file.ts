import { updateSections } from '../../test/harness/sections.ts';

const FILE = new URL('../RESULTS.md', import.meta.url);

const HEADING = `# Results

Written by \`npm run bench\`; \`npm run bench -- NAME …\` measures anew what is named and leaves the rest, so every
section has its own date. Contenders take turns within one run; times are medians, and a ratio is the median of the
rounds' own ratios. What was not measured is left out.`;

/** Puts a section into the results in place of the one that it had, in the order of `names`. */
export async function updateResults(name: string, section: string, names: readonly string[]): Promise<void> {
  await updateSections(FILE, HEADING, name, section, names);
}
