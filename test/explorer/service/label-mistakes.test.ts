import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchFile, Options } from '../../../src/explorer/batch-files/batch-file.ts';
import { openBatchFiles } from '../../../src/explorer/batch-files/open-batch-files.ts';
import { inForce } from '../../../src/explorer/option-specs.ts';
import { findLabelMistakes } from '../../../src/explorer/service/label-mistakes.ts';
import type { Problem } from '../../../src/explorer/service/problem.ts';
import { curesOfProblem } from '../../../src/explorer/service/problem-cures.ts';
import { curesOfWarning } from '../../../src/explorer/service/warning-cures.ts';
import { startTestService } from '../../helpers/service.ts';

// Each cure is applied to the batch that it is offered for, and the service accepts the result.

const service = await startTestService();

async function open(batch: object): Promise<BatchFile> {
  return openBatchFiles([new File([JSON.stringify(batch)], 'a.json')], () => assert.fail());
}

interface Reply extends Problem {
  readonly loss?: number;
  readonly warnings?: readonly { readonly code: string }[];
}

async function post(file: BatchFile, changes: Options): Promise<Reply> {
  const body = await file.body(changes);
  const headers = { 'content-type': file.type };
  return (await fetch(`${service.url}/v1/focal-loss`, { method: 'POST', headers, body })).json() as Promise<Reply>;
}

const rows = (labels: readonly unknown[], classes: number) =>
  labels.map(() => Array.from({ length: classes }, (_, c) => c - 1));
const batchOf = (labels: readonly number[], classes: number, options: object = {}) => ({
  logits: rows(labels, classes),
  labels,
  ...options,
});

test('labels of a detector: two choices, and the service accepts the batch', async () => {
  const file = await open(batchOf([0, -1, -1, -1, -2, -2, 2], 3));
  const mistakes = await findLabelMistakes(file, {});
  assert.deepEqual(
    mistakes?.groups.map(({ text, cures }) => [text, ...cures.map(({ label }) => label)]),
    [
      ['−1 at 3 places', 'treat as background', 'ignore'],
      ['−2 at 2 places', 'treat as background', 'ignore'],
    ],
  );
  const first = mistakes!.groups[0]!.cures[0]!.changes;
  const after = await findLabelMistakes(file, first);
  assert.deepEqual(
    after?.groups.map(({ text, cures }) => [text, ...cures.map(({ label }) => label)]),
    [['−2 at 2 places', 'ignore']],
  );
  const both = { ...first, ...after!.groups[0]!.cures[0]!.changes };
  assert.deepEqual(both, { background_index: -1, ignore_index: -2 });
  assert.equal(await findLabelMistakes(file, both), null);
  assert.equal(typeof (await post(file, both)).loss, 'number');
});

for (const [name, batch, label] of [
  ['labels from 1', batchOf([1, 2, 3, 3], 3, { activation: 'softmax' }), 'labels start at 1: subtract 1 from all'],
  ['labels from 1, and 0 for background', batchOf([0, 0, 1, 3], 3), '0 is the background, and the classes are 1 to 3'],
] as const) {
  test(`${name} are cured in the page`, async () => {
    const file = await open(batch);
    const { cures } = (await findLabelMistakes(file, {}))!;
    assert.deepEqual(
      cures.map((cure) => cure.label),
      [label],
    );
    assert.equal(typeof (await post(file, cures[0]!.changes)).loss, 'number');
    assert.equal(await findLabelMistakes(file, cures[0]!.changes), null);
  });
}

test('dense labels of −1 and 1 are not ignored by mistake', async () => {
  const labels = [
    [1, -1],
    [-1, 1],
  ];
  const mistakes = await findLabelMistakes(await open({ logits: labels, labels }), {});
  assert.deepEqual(mistakes?.groups, [{ text: '−1 at 2 places', cures: [] }]);
  assert.match(mistakes?.note ?? '', /save the labels as 0 and 1/);
});

test('a mask with an ignored border', async () => {
  const file = await open({
    logits: [
      [1, 2],
      [1, 2],
    ],
    labels: [
      [1, 255],
      [0, 1],
    ],
  });
  const [group] = (await findLabelMistakes(file, {}))!.groups;
  assert.deepEqual(group, { text: '255 at 1 place', cures: [{ label: 'ignore', changes: { ignore_index: 255 } }] });
});

test('labels of any values are few lines', async () => {
  const labels = Array.from({ length: 1000 }, (_, i) => i + 0.5);
  const mistakes = await findLabelMistakes(await open(batchOf(labels, 2)), {});
  assert.equal(mistakes?.groups.length, 9);
  assert.equal(mistakes?.groups.at(-1)?.text, 'other values at 992 places');
});

const logits = [
  [1, -2],
  [3, 0.5],
];
for (const [batch, label] of [
  [{ probabilities: logits, labels: [0, 1] }, 'send them as logits'],
  [
    {
      probabilities: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
      labels: [0, 1],
      activation: 'softmax',
    },
    'use sigmoid',
  ],
  [
    {
      logits: [
        [
          [1, 2, 1],
          [3, 4, 1],
        ],
      ],
      labels: [[0, 1, 0]],
    },
    'the classes are on axis 1',
  ],
  [{ logits: [[1], [2]], labels: [0, 1], activation: 'softmax' }, 'use sigmoid'],
  [{ logits, labels: [0, 1], activation: 'softmax', margin: 0.1 }, 'leave out margin'],
  [{ logits, labels: [0, 1], epoch: 3 }, 'leave out epoch'],
  [
    {
      logits,
      labels: [
        [0.5, 1],
        [0, 1],
      ],
      margin: 0.1,
    },
    'use termwise soft labels',
  ],
] as const) {
  test(`${label}: the service accepts the batch after it`, async () => {
    const file = await open(batch);
    const problem = await post(file, {});
    const cure = curesOfProblem(problem, file, {}).find((one) => one.label === label);
    assert.ok(cure, JSON.stringify([problem, curesOfProblem(problem, file, {})]));
    assert.equal(typeof (await post(file, cure.changes)).loss, 'number');
  });
}

const softmaxRows = (count: number) =>
  Array.from({ length: count }, (_, i) => [0, 1, 2].map((c) => (c === i % 3 ? 0.98 : 0.01)));
for (const [code, batch] of [
  ['probabilities_as_logits', { logits: softmaxRows(30), labels: softmaxRows(30).map((_, i) => i % 3) }],
  [
    'softmax_rows_not_one_hot',
    { logits: softmaxRows(9), labels: softmaxRows(9).map(() => [1, 1, 0]), activation: 'softmax', warnings: true },
  ],
  [
    'class_never_labelled',
    batchOf(
      Array.from({ length: 360 }, (_, i) => 1 + (i % 9)),
      10,
      { activation: 'softmax' },
    ),
  ],
  ['everything_ignored', batchOf([7, 7, 7], 3, { ignore_index: 7 })],
] as const) {
  test(`the cure of ${code}`, async () => {
    const file = await open(batch);
    const codesOf = ({ warnings = [] }: Reply) => warnings.map((warning) => warning.code);
    assert.ok(codesOf(await post(file, {})).includes(code));
    const [cure] = curesOfWarning(code, inForce(file.options, {}));
    const reply = await post(file, cure!.changes);
    if (code === 'everything_ignored') assert.equal(reply.code, 'invalid_request');
    else assert.ok(typeof reply.loss === 'number' && !codesOf(reply).includes(code), JSON.stringify(reply));
  });
}
