import { readFile, writeFile } from 'node:fs/promises';

const MARK = /^<!-- ([\w-]+) -->$/m;

/**
 * Replaces the section of this name in a page. The sections are in the order of `names`; others are removed.
 *
 * @param text the section without its marker
 */
export async function updateSections(
  page: URL,
  heading: string,
  name: string,
  text: string,
  names: readonly string[],
): Promise<void> {
  const sections = splitSections(await readFile(page, 'utf8').catch(() => ''));
  sections.set(name, `<!-- ${name} -->\n\n${text}`);
  const kept = names.flatMap((each) => sections.get(each)?.trim() ?? []);
  await writeFile(page, `${[heading, ...kept].join('\n\n')}\n`);
}

function splitSections(text: string): Map<string, string> {
  const [, ...parts] = text.split(MARK);
  const sections = new Map<string, string>();
  for (let i = 0; i < parts.length; i += 2) sections.set(parts[i]!, `<!-- ${parts[i]} -->${parts[i + 1]}`);
  return sections;
}
