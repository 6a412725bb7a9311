import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeBreakdown } from '../../../src/codecs/json/write-breakdown.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { type ClassColumn, COUNT_COLUMNS, NUMBER_COLUMNS } from '../../../src/loss/class-columns.ts';
import { writeClassNames } from '../../../src/loss/class-names.ts';
import { summarySchema } from '../../../src/loss/result.ts';

const CLASSES = 300;

/** Numbers that tell class and column, some of which are null. */
const columns = Object.fromEntries(
  [...COUNT_COLUMNS, ...NUMBER_COLUMNS].map((name, column) => [
    name,
    Float64Array.from({ length: CLASSES }, (_, c) => {
      if (/share|mean/.test(name) && c % 3 === 0) return Number.NaN;
      return column < COUNT_COLUMNS.length ? 1000 * column + c : (column + c) / 7;
    }),
  ]),
) as Record<ClassColumn, Float64Array>;

/** The object of a class, in the order of the schema. */
function classOf(c: number, name?: string): object {
  const value = (column: ClassColumn) => columns[column][c]!;
  const split = (field: 'loss' | 'cross_entropy' | 'gradient_l1') => ({
    positive: value(`${field}.positive`),
    negative: value(`${field}.negative`),
    total: value(`${field}.total`),
    share: value(`${field}.share`),
  });
  return {
    class: c,
    ...(name !== undefined && { name }),
    positives: value('positives'),
    negatives: value('negatives'),
    ignored: value('ignored'),
    loss: split('loss'),
    cross_entropy: split('cross_entropy'),
    gradient_l1: split('gradient_l1'),
    mean_pt: { positive: value('mean_pt.positive'), negative: value('mean_pt.negative') },
    true_positives: value('true_positives'),
    false_positives: value('false_positives'),
    false_negatives: value('false_negatives'),
  };
}

for (const [title, names] of [
  ['without names', undefined],
  ['with names, which are escaped', Array.from({ length: CLASSES }, (_, c) => `"${c}" é\n`)],
] as const) {
  test(`the breakdown is the JSON of an object per class, ${title}`, () => {
    const target = Buffer.alloc(CLASSES * 1200);
    const end = writeBreakdown(target, 5, columns, names && writeClassNames(names, unpooled));
    const text = target.toString('utf8', 5, end);
    assert.equal(text, JSON.stringify(Array.from({ length: CLASSES }, (_, c) => classOf(c, names?.[c]))));
    assert.deepEqual(summarySchema.shape.per_class.parse(JSON.parse(text)), JSON.parse(text));
  });
}
