import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMATS } from '../helpers/http/request-formats.ts';
import { startTestService } from '../helpers/service.ts';

// Options of the focal family that have no meaning together, and those that have one, in every format.

const service = await startTestService();
const HARD = { logits: [[1, -1.5, 0.5]], labels: [[1, 0, 0]] };
const SOFT = { ...HARD, labels: [[1, 0.25, 0]] };
const SIDES = { gamma: { positive: 1, negative: 4 } };
const SOFTMAX = 'activation "softmax", which has no negatives';
const NEVER_NEGATIVE = 'hessian_form "detached", a Hessian that is never negative';
const ONE = 'leave one of the two out';
const SIGMOID = 'leave it out, or use sigmoid';
const UNFOCUSED = (softLabels: string) => `soft_labels "${softLabels}", whose positives have no focusing`;

/** Requests, and all that is wrong with them. */
const REJECTED: readonly (readonly [request: object, ...errors: string[]])[] = [
  [
    { ...HARD, activation: 'softmax', ...SIDES },
    `/gamma: expected one gamma with ${SOFTMAX}; got one for each side: ${SIGMOID}`,
  ],
  [{ ...HARD, activation: 'softmax', margin: 0.05 }, `/margin: expected 0 with ${SOFTMAX}; got 0.05: ${SIGMOID}`],
  ...(['quality', 'varifocal', 'matchability'] as const).map((soft_labels): [object, string] => [
    { ...HARD, activation: 'softmax', soft_labels },
    `/soft_labels: expected none with activation "softmax", whose soft labels have one meaning; got "${soft_labels}": ${SIGMOID}`,
  ]),
  ...(['varifocal', 'matchability'] as const).flatMap((soft_labels): [object, string][] => [
    [
      { ...HARD, soft_labels, ...SIDES },
      `/gamma: expected one gamma with ${UNFOCUSED(soft_labels)}; got one for each side: ${ONE}`,
    ],
    [{ ...HARD, soft_labels, margin: 0.05 }, `/margin: expected 0 with ${UNFOCUSED(soft_labels)}; got 0.05: ${ONE}`],
    [
      { ...HARD, soft_labels, poly_epsilon: 1 },
      `/poly_epsilon: expected 0 with ${UNFOCUSED(soft_labels)}; got 1: ${ONE}`,
    ],
    [
      { ...HARD, soft_labels, label_smoothing: 0.1 },
      `/label_smoothing: expected 0 with soft_labels "${soft_labels}", which needs labels of 0; got 0.1: ${ONE}`,
    ],
  ]),
  ...(['interpolated', 'quality'] as const).flatMap((soft_labels) =>
    [
      [SIDES, 'a gamma for each side'],
      [{ margin: 0.05 }, 'a margin'],
      [{ poly_epsilon: -1 }, 'poly_epsilon'],
    ].flatMap(([options, name]): [object, string][] => [
      [
        { ...SOFT, soft_labels, ...(options as object) },
        `/soft_labels: expected "termwise" with ${name}, as some labels lie between 0 and 1; got "${soft_labels}": send it, leave ${name} out, or send labels of 0 and 1`,
      ],
      [
        { ...HARD, soft_labels, label_smoothing: 0.1, ...(options as object) },
        `/soft_labels: expected "termwise" with ${name}, as label_smoothing 0.1 makes labels between 0 and 1; got "${soft_labels}": send it, or leave one of the other two out`,
      ],
    ]),
  ),
  [{ ...HARD, hessian_form: 'detached', margin: 0.05 }, `/margin: expected 0 with ${NEVER_NEGATIVE}; got 0.05: ${ONE}`],
  [
    { ...HARD, hessian_form: 'detached', poly_epsilon: 1 },
    `/poly_epsilon: expected 0 with ${NEVER_NEGATIVE}; got 1: ${ONE}`,
  ],
  [
    { ...HARD, activation: 'softmax', hessian_form: 'detached', poly_epsilon: 1 },
    `/poly_epsilon: expected 0 with ${NEVER_NEGATIVE}; got 1: ${ONE}`,
  ],
  [
    { ...HARD, hessian_form: 'detached', margin: 0.05, poly_epsilon: 1 },
    `/margin: expected 0 with ${NEVER_NEGATIVE}; got 0.05: ${ONE}`,
    `/poly_epsilon: expected 0 with ${NEVER_NEGATIVE}; got 1: ${ONE}`,
  ],
  // Wrong values, and wrong types.
  [{ ...HARD, margin: 1 }, '/margin: expected a number < 1, got 1'],
  [{ ...HARD, margin: -0.1 }, '/margin: expected a number ≥ 0, got -0.1'],
  [{ ...HARD, margin: 'wide' }, '/margin: expected a number, got "wide"'],
  [{ ...HARD, poly_epsilon: true }, '/poly_epsilon: expected a number, got true'],
  [{ ...HARD, poly_epsilon: 1e39 }, '/poly_epsilon: expected a number ≤ 3.4028234663852886e+38, got 1e+39'],
  [{ ...HARD, focusing: 'off' }, '/focusing: expected one of "differentiated", "detached", got "off"'],
  [
    { ...HARD, hessian_form: 'gauss-newton' },
    '/hessian_form: expected one of "exact", "detached", got "gauss-newton"; did you mean "detached"?',
  ],
];

for (const [format, send] of Object.entries(FORMATS)) {
  test(`${format}: what has no meaning together is an error that names both, and says what to do`, async () => {
    for (const [request, ...expected] of REJECTED) {
      const { status, body } = await send(service, request as Record<string, unknown>);
      assert.equal(status, format === 'Open Inference' ? 400 : 422);
      const got = body.errors.map(
        ({ pointer, message }: { pointer: string; message: string }) => `${pointer}: ${message}`,
      );
      assert.deepEqual(got, expected, JSON.stringify(request));
    }
  });
}

/** Combinations that are near those, and valid. */
const ACCEPTED: readonly object[] = [
  { ...SOFT, soft_labels: 'termwise', ...SIDES, margin: 0.05, poly_epsilon: 1 },
  { ...HARD, soft_labels: 'termwise', label_smoothing: 0.1, margin: 0.05 },
  { ...HARD, soft_labels: 'quality', ...SIDES, margin: 0.05 },
  { ...HARD, ...SIDES, margin: 0.05, poly_epsilon: 1, focusing: 'detached' },
  { ...HARD, ...SIDES, hessian_form: 'detached' },
  { ...HARD, margin: 0.05, focusing: 'detached', hessian_form: 'exact' },
  { ...SOFT, soft_labels: 'varifocal', focusing: 'detached', hessian_form: 'detached' },
  { ...SOFT, focusing: 'detached' },
  { ...HARD, activation: 'softmax', poly_epsilon: -1, focusing: 'detached' },
  { ...HARD, activation: 'softmax', labels: [[0.25, 0.5, 0.25]], poly_epsilon: 1 },
];

test('what has a meaning is accepted', async () => {
  for (const request of ACCEPTED) {
    const { loss } = await service.focalLoss({ ...request, outputs: ['loss', 'gradients', 'hessian', 'per_class'] });
    assert.ok(Number.isFinite(loss), JSON.stringify(request));
  }
});

test('a sweep says that its gammas are those of both sides', async () => {
  const response = await fetch(`${service.url}/v1/focal-loss/sweep`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...HARD, gammas: [SIDES.gamma] }),
  });
  const { errors } = (await response.json()) as { errors: { pointer: string; message: string }[] };
  assert.deepEqual(errors, [
    {
      pointer: '/gammas/0',
      message: 'expected a number ≥ 0, finite as float32, got an object; one gamma of a sweep is that of both sides',
    },
  ]);
});

test('an abbreviation in place of an option’s value gets the value', async () => {
  const { errors } = await service.problem({ ...HARD, soft_labels: 'vfl' }, 'invalid_request');
  assert.match(errors[0]!.message, /got "vfl"; did you mean "varifocal"\?$/);
});
