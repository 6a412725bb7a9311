import { readFileSync, writeFileSync } from 'node:fs';

/** A page with the tables that examples print, and the figures that they draw. */
export const EXAMPLE_PAGE = new URL('../docs/explanation/probabilities.md', import.meta.url);
export const EXAMPLE_FIGURE = new URL('../docs/explanation/probabilities.svg', import.meta.url);

/** `<!--=name 0-->table<!--=-->` is the first table of the example. */
const PLACE = /(<!--=([\w-]+) (\d+)-->\n\n)([\s\S]*?)(\n\n<!--=-->)/g;
const NUMBER = /\d+(?:\.\d+)?/g;
/** Engines and processors round differently, and a tree that splits elsewhere moves the last digits. */
const LAST_DIGITS = 3;
/** In the units of the figure. A sample that comes into the next bin moves two points of it. */
const IN_FIGURE = 10;
const RELATIVE = 0.05;

/** The tables that an example prints, with an empty line after each. */
export function tablesOf(output: string): string[] {
  return output
    .trim()
    .split(/\n{2,}/)
    .filter((table) => table !== '');
}

/** The page with the tables of one example. */
export function withTables(page: string, name: string, tables: readonly string[]): string {
  const used = new Set<number>();
  const written = page.replace(PLACE, (place, before: string, example: string, index: string, _, after: string) => {
    if (example !== name) return place;
    const table = tables[Number(index)];
    if (table === undefined) throw new Error(`the page has a place for table ${index} of ${name}, which prints none`);
    used.add(Number(index));
    return `${before}${table}${after}`;
  });
  if (used.size < tables.length)
    throw new Error(`the page has places for ${used.size} of ${tables.length} tables of ${name}`);
  return written;
}

/** Where two texts differ by more than rounding; undefined where they don't. */
export function differenceOf(expected: string, actual: string, lastDigits = LAST_DIGITS): string | undefined {
  if (wordsOf(expected) !== wordsOf(actual)) return 'other words, or more or fewer numbers';
  const numbers = actual.match(NUMBER) ?? [];
  for (const [i, number] of (expected.match(NUMBER) ?? []).entries()) {
    const [before, after] = [Number(number), Number(numbers[i])];
    const lastDigit = 10 ** -(number.split('.')[1]?.length ?? 0);
    const tolerance = Math.max(lastDigits * lastDigit, RELATIVE * before);
    if (Math.abs(after - before) > tolerance * (1 + Number.EPSILON)) return `${number} there, ${numbers[i]} now`;
  }
  return undefined;
}

/** The text without its numbers, and without what depends on how wide they are. */
function wordsOf(text: string): string {
  return text.replace(NUMBER, '#').replace(/ +/g, ' ').replace(/-{2,}/g, '--');
}

/** Compares what an example printed, and drew if it draws, with the page; or writes it there. */
export function checkPage(
  name: string,
  output: string,
  figure: string | undefined,
  write: boolean,
): string | undefined {
  const page = readFileSync(EXAMPLE_PAGE, 'utf8');
  const written = withTables(page, name, tablesOf(output));
  if (write) {
    writeFileSync(EXAMPLE_PAGE, written);
    if (figure !== undefined) writeFileSync(EXAMPLE_FIGURE, figure);
    return undefined;
  }
  const difference =
    differenceOf(page, written) ?? (figure && differenceOf(readFileSync(EXAMPLE_FIGURE, 'utf8'), figure, IN_FIGURE));
  return difference && `docs/explanation/probabilities.md or its figure says otherwise (${difference})`;
}
