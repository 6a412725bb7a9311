import { readFile, writeFile } from 'node:fs/promises';

const FILE = new URL('RESULTS.md', import.meta.url);

const HEADING = `# Results

Written by \`npm run bench\`; \`npm run bench -- NAME …\` measures anew what is named and leaves the rest, so every
section has its own date. Contenders take turns within one run; times are medians, and a ratio is the median of the
rounds' own ratios. What was not measured is left out.`;

const MARK = /^<!-- (\w+) -->$/m;

/** Puts a section into the results in place of the one that it had, in the order of `names`. */
export async function updateResults(name: string, section: string, names: readonly string[]): Promise<void> {
  const sections = splitSections(await readFile(FILE, 'utf8').catch(() => ''));
  sections.set(name, section);
  const kept = names.flatMap((each) => sections.get(each)?.trim() ?? []);
  await writeFile(FILE, `${[HEADING, ...kept].join('\n\n')}\n`);
}

function splitSections(text: string): Map<string, string> {
  const [, ...parts] = text.split(MARK);
  const sections = new Map<string, string>();
  for (let i = 0; i < parts.length; i += 2) sections.set(parts[i]!, `<!-- ${parts[i]} -->${parts[i + 1]}`);
  return sections;
}
