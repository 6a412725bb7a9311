import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBatchFiles } from '../../../src/explorer/batch-files/open-batch-files.ts';
import type { Answers, Question } from '../../../src/explorer/batch-files/question.ts';
import { type ReadFile, readTensorFile } from '../../helpers/tensor-file.ts';

type Change = (guess: Answers, question: Question) => Answers;

/** What is sent with the answers that the page suggests, or with changes to them. */
async function sent(text: string | Blob, change: Change = (guess) => guess): Promise<ReadFile> {
  const file = await openBatchFiles([new File([text], 'a.csv')], async (question) => {
    return change(Object.fromEntries(question.fields.map(({ name, values }) => [name, values])), question);
  });
  return readTensorFile(Buffer.from(await (await file.body({})).arrayBuffer()));
}

test('a column of labels by name, others are predictions but for the name of a sample', async () => {
  const { tensors, metadata } = await sent('id,cat,dog,label\n7,0.5,-1.25,1\n8,2,3,0\n');
  assert.deepEqual(tensors, {
    labels: { dtype: 'I32', shape: [2], values: [1, 0] },
    logits: { dtype: 'F32', shape: [2, 2], values: [0.5, -1.25, 2, 3] },
  });
  assert.deepEqual(metadata, { class_names: '["cat","dog"]' });
});

test('labels as names of classes, probabilities, quotes, CRLF, a byte order mark, and no last newline', async () => {
  const { tensors } = await sent('\uFEFF"cat","the ""dog""",truth\r\n0.5,0.25,cat\r\n\r\n"1",0,"the ""dog"""');
  assert.deepEqual(Object.keys(tensors), ['labels', 'probabilities']);
  assert.deepEqual(
    [tensors.labels?.values, tensors.probabilities?.values],
    [
      [0, 1],
      [0.5, 0.25, 1, 0],
    ],
  );
});

test('semicolons with decimal commas, and tabs', async () => {
  const { tensors } = await sent('a;b;y\n1,5;-2;0\n3;4;1\n');
  assert.deepEqual(tensors.logits?.values, [1.5, -2, 3, 4]);
  assert.deepEqual((await sent('a\tb\ty\n1.5\t-2\t0\n')).tensors.logits?.values, [1.5, -2]);
});

test('one column of predictions is a binary class', async () => {
  const { tensors } = await sent('score,target\n2,1\n-3,0\n');
  assert.deepEqual(tensors.logits?.shape, [2]);
});

test('the user may choose other columns', async () => {
  const { tensors, metadata } = await sent('a,b,c\n1,0,5\n2,1,6\n', (guess, { fields }) => {
    assert.deepEqual(
      fields.map(({ name }) => name),
      ['label', 'field', 'predictions'],
    );
    return { ...guess, label: ['1'], predictions: ['2', '0'], field: ['logits'] };
  });
  assert.deepEqual(
    [tensors.labels?.values, tensors.logits?.values],
    [
      [0, 1],
      [5, 1, 6, 2],
    ],
  );
  assert.equal(metadata.class_names, '["c","a"]');
});

for (const [text, message] of [
  ['a,b,label\n1,2,0\n1,2\n', /Expected 3 cells in line 3, as the first line has; got 2/],
  [
    'a,b,label\n1,2,0\n1,nan,1\n',
    /Expected at least one column|Expected a finite number in line 3, column “b”; got “nan”/,
  ],
  ['a,b,label\n1,2,0\n1,3,bird\n', /Expected a number, or the name of a class in line 3, column “label”; got “bird”/],
  ['1,2,0\n3,4,1\n', /names of columns in the first line, got numbers \(1, 2, 0, …\)/],
  ['a,b,label\n', /Expected a table in CSV/],
  ['label\n1\n', /Expected a table in CSV/],
  [`a,b\n${'x'.repeat(20_000)}`, /more than 10000 characters in one cell/],
  [`${'a,'.repeat(20_000)}\n`, /more than 10000 columns/],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is an error that names the place`, () =>
    assert.rejects(
      sent(text, (guess) => ({ ...guess, predictions: text.includes('nan') ? ['0', '1'] : guess.predictions! })),
      message,
    ));
}

test('a table of any length is read part by part', async () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => `${i / 8},${-i},${i % 2}`);
  const { tensors } = await sent(new Blob(['a,b,label\n', rows.join('\n')]));
  assert.deepEqual(tensors.logits?.shape, [30_000, 2]);
  assert.deepEqual(tensors.logits?.values.slice(-2), [29_999 / 8, -29_999]);
});
