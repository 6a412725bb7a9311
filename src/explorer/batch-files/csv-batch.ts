import type { BatchContent } from './batch-file.ts';
import { type CsvColumn, guessLabelColumn, guessPredictionColumns, parseCell, readCsvColumns } from './csv-columns.ts';
import { csvRows, delimiterOf } from './csv-rows.ts';
import { FileError } from './file-error.ts';
import { type AskUser, PREDICTION_KIND, type Question } from './question.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { tensorBatch } from './tensor-batch.ts';

const MAX_BYTES = 512 * 2 ** 20;
/** In the columns of predictions: 200 MB of float32. */
const MAX_NUMBERS = 50_000_000;
/** Enough for the line of names in any table that the page reads. */
const START_BYTES = 2 ** 20;

/**
 * A table in CSV: a column for labels, and one for each class. The user says which they are.
 *
 * @throws {FileError} if it is no such table, or too large
 */
export async function openCsv(file: Blob, askUser: AskUser): Promise<BatchContent> {
  if (file.size > MAX_BYTES) {
    throw new FileError(
      `Expected CSV of at most ${MAX_BYTES / 2 ** 20} MiB, got ${Math.round(file.size / 2 ** 20)} MiB. Save the batch as .npz, which takes a third of the space.`,
    );
  }
  const delimiter = delimiterOf(await file.slice(0, START_BYTES).text());
  const columns = await readCsvColumns(file, delimiter);
  const answers = await askUser(questionOf(columns));
  const label = Number(answers.label![0]);
  const predictions = answers.predictions!.map(Number).filter((column) => column !== label);
  if (predictions.length === 0)
    throw new FileError('Expected at least one column of predictions besides that of labels, got none.');
  const names = predictions.map((column) => columns[column]!.name);
  const { logits, labels } = await readTable(file, delimiter, columns, { label, predictions });
  return tensorBatch([labels, { ...logits, name: answers.field![0]! }], {
    // One column is a binary class, of rank 1: its label of 1 is what the column predicts.
    class_names: JSON.stringify(names.map((name) => name.slice(0, 256))),
  });
}

function questionOf(columns: readonly CsvColumn[]): Question {
  const label = guessLabelColumn(columns);
  const predictions = guessPredictionColumns(columns, label);
  const choices = columns.map(({ name }, column) => ({ value: String(column), text: name }));
  const areProbabilities = predictions.length > 0 && predictions.every((column) => columns[column]!.isProbability);
  return {
    title: 'Which columns are which?',
    note: 'Labels are the numbers of classes, from 0 in the order of the columns, or their names.',
    fields: [
      { name: 'label', label: 'Labels', choices, values: [String(label)] },
      { ...PREDICTION_KIND, values: [areProbabilities ? 'probabilities' : 'logits'] },
      {
        name: 'predictions',
        label: 'Predictions, a column for each class',
        choices: choices.filter((_, column) => columns[column]!.isNumeric),
        values: predictions.map(String),
        allowsSeveral: true,
      },
    ],
  };
}

interface Roles {
  readonly label: number;
  readonly predictions: readonly number[];
}

async function readTable(file: Blob, delimiter: string, columns: readonly CsvColumn[], { label, predictions }: Roles) {
  let numbers = new Float32Array(2 ** 16);
  let count = 0;
  const labels: number[] = [];
  const classOf = new Map(predictions.map((column, index) => [columns[column]!.name, index]));
  let isHeader = true;
  for await (const { cells, line } of csvRows(file, delimiter)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    if (cells.length !== columns.length) {
      throw new FileError(
        `Expected ${columns.length} cells in line ${line}, as the first line has; got ${cells.length}.`,
      );
    }
    const number = parseCell(cells[label]!, delimiter);
    const labelled = Number.isFinite(number) ? number : classOf.get(cells[label]!.trim());
    if (labelled === undefined)
      throw notANumber(line, columns[label]!.name, cells[label]!, 'a number, or the name of a class');
    labels.push(labelled);
    if (count + predictions.length > numbers.length) numbers = grow(numbers);
    for (const column of predictions) {
      const value = parseCell(cells[column]!, delimiter);
      if (!Number.isFinite(value)) throw notANumber(line, columns[column]!.name, cells[column]!, 'a finite number');
      numbers[count++] = value;
    }
    if (count > MAX_NUMBERS) {
      throw new FileError(
        `Expected at most ${MAX_NUMBERS} predictions, got more by line ${line}. Save the batch as .npz.`,
      );
    }
  }
  const samples = labels.length;
  // One column has rank 1: labels are then 0 and 1.
  const shape = predictions.length === 1 ? [samples] : [samples, predictions.length];
  const areInts = labels.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31);
  const values = areInts ? Int32Array.from(labels) : Float32Array.from(labels);
  const logits: StoredTensor = { name: 'logits', dtype: 'F32', shape, data: new Blob([numbers.subarray(0, count)]) };
  const tensor: StoredTensor = {
    name: 'labels',
    dtype: areInts ? 'I32' : 'F32',
    shape: [samples],
    data: new Blob([values]),
  };
  return { logits, labels: tensor };
}

function grow(numbers: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const grown = new Float32Array(Math.min(2 * numbers.length, MAX_NUMBERS + 2 ** 14));
  grown.set(numbers);
  return grown;
}

function notANumber(line: number, column: string, cell: string, expected: string): FileError {
  return new FileError(`Expected ${expected} in line ${line}, column “${column}”; got “${cell.slice(0, 40)}”.`);
}
