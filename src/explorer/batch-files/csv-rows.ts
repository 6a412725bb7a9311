import { FileError } from './file-error.ts';

const DELIMITERS = [',', ';', '\t'] as const;
const MAX_CELL = 10_000;
const MAX_COLUMNS = 10_000;

/** The delimiter that the first line has most of. */
export function delimiterOf(start: string): string {
  const [line = ''] = start.split(/\r?\n/, 1);
  const countOf = (delimiter: string) => line.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => countOf(b) - countOf(a))[0]!;
}

/**
 * The rows of a table in CSV (RFC 4180), as they come: cells may be in double quotes, empty lines are left out.
 *
 * @throws {FileError} if a row has too many cells, or a cell too many characters, as in files that are no tables
 */
export async function* csvRows(file: Blob, delimiter: string): AsyncGenerator<{ cells: string[]; line: number }> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let [cells, cell, line, rowLine]: [string[], string, number, number] = [[], '', 1, 1];
  let [isQuoted, afterQuote] = [false, false];
  const endCell = () => {
    cells.push(cell);
    cell = '';
    afterQuote = false;
    if (cells.length > MAX_COLUMNS)
      throw new FileError(`Line ${line} has more than ${MAX_COLUMNS} columns. Use .npz for so many.`);
  };
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const text = chunk.value;
      let from = 0;
      for (let at = 0; at < text.length; at++) {
        const character = text[at]!;
        if (isQuoted) {
          if (character === '\n') line++;
          if (character !== '"') continue;
          cell += text.slice(from, at);
          from = at + 1;
          [isQuoted, afterQuote] = [false, true];
        } else if (character === '"') {
          // Two of them inside quotes are one; elsewhere it begins a quoted part.
          cell += afterQuote ? '"' : text.slice(from, at);
          from = at + 1;
          [isQuoted, afterQuote] = [true, false];
        } else if (character === delimiter || character === '\n') {
          cell += text.slice(from, at);
          from = at + 1;
          if (character === '\n') cell = cell.replace(/\r$/, '');
          endCell();
          if (character === delimiter) continue;
          line++;
          if (cells.length > 1 || cells[0] !== '') yield { cells, line: rowLine };
          cells = [];
          rowLine = line;
        }
      }
      cell += text.slice(from);
      if (cell.length > MAX_CELL) {
        throw new FileError(
          `Line ${rowLine} has more than ${MAX_CELL} characters in one cell: this is no table of numbers.`,
        );
      }
    }
    endCell();
    if (cells.length > 1 || cells[0]!.trim() !== '') yield { cells, line: rowLine };
  } finally {
    await reader.cancel();
  }
}
