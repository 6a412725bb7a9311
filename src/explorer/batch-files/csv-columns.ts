import { csvRows } from './csv-rows.ts';
import { FileError } from './file-error.ts';

/** What the first rows tell of a column. */
export interface CsvColumn {
  readonly name: string;
  readonly isNumeric: boolean;
  readonly isInteger: boolean;
  readonly isProbability: boolean;
}

const SAMPLED_ROWS = 500;

const LABEL_NAMES = /^(?:labels?|targets?|truth|y|y_?true|gt|class|actual)$/i;
const ID_NAMES = /^(?:|id|index|idx|row|image|image_id|file|filename|path|name|unnamed: 0|split|fold|time|timestamp)$/i;

/**
 * Reads the names of columns and looks at the first rows.
 *
 * @throws {FileError} if there are no names, or fewer than two columns or one row
 */
export async function readCsvColumns(file: Blob, delimiter: string): Promise<CsvColumn[]> {
  const rows: string[][] = [];
  for await (const { cells } of csvRows(file, delimiter)) {
    rows.push(cells);
    if (rows.length > SAMPLED_ROWS) break;
  }
  const [names = [], ...remaining] = rows;
  const trimmed = names.map((name) => name.replace(/^\uFEFF/, '').trim());
  if (trimmed.length < 2 || remaining.length === 0) {
    throw new FileError(
      'Expected a table in CSV: a line with the names of columns, then a line for each sample, with a column for its label and one for each class.',
    );
  }
  if (trimmed.every((name) => name !== '' && Number.isFinite(Number(name)))) {
    throw new FileError(
      `Expected names of columns in the first line, got numbers (${trimmed.slice(0, 3).join(', ')}, …). Add a line such as label,cat,dog.`,
    );
  }
  return trimmed.map((name, column) => {
    const numbers = remaining.map((cells) => parseCell(cells[column] ?? '', delimiter));
    return {
      name: name || `column ${column + 1}`,
      isNumeric: numbers.every(Number.isFinite),
      isInteger: numbers.every(Number.isInteger),
      isProbability: numbers.every((number) => number >= 0 && number <= 1),
    };
  });
}

/** With semicolons between cells, the comma is a decimal one. NaN if it is no number. */
export function parseCell(cell: string, delimiter: string): number {
  const text = cell.trim();
  if (text === '') return Number.NaN;
  return Number(delimiter === ';' ? text.replace(',', '.') : text);
}

/** The column that is named as labels are, the only one that is no number, or else the first or last of integers. */
export function guessLabelColumn(columns: readonly CsvColumn[]): number {
  const named = columns.findIndex(({ name }) => LABEL_NAMES.test(name));
  if (named >= 0) return named;
  const suitable = columns.map((column, index) => ({ ...column, index })).filter(({ name }) => !ID_NAMES.test(name));
  const texts = suitable.filter(({ isNumeric }) => !isNumeric);
  const integers = suitable.filter(({ isInteger }) => isInteger);
  const [text, integer] = [texts[0], integers.at(-1)];
  return (texts.length === 1 ? text : integer)?.index ?? columns.length - 1;
}

/** Columns of numbers that are neither labels nor name a sample. */
export function guessPredictionColumns(columns: readonly CsvColumn[], label: number): number[] {
  return columns.flatMap(({ name, isNumeric }, i) => (i !== label && isNumeric && !ID_NAMES.test(name) ? [i] : []));
}
