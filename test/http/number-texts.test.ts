import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';

const service = await startTestService();
const GOOD = { logits: [[1, -2]], labels: [[1, 0]] };

test('a number that was sent as text is reported with its cure, for every option and tensor', async () => {
  for (const [field, value, place, text] of [
    ['gamma', '2', '', '2'],
    ['gamma', ['2', 1], '/0', '2'],
    ['alpha', '0.25', '', '0.25'],
    ['alpha', [0.5, '1e-3'], '/1', '1e-3'],
    ['alpha', { effective_number: { beta: '0.999' } }, '/effective_number/beta', '0.999'],
    ['alpha', { effective_number: { beta: 0.9, class_counts: ['7', 8] } }, '/effective_number/class_counts/0', '7'],
    ['label_smoothing', '0.1', '', '0.1'],
    ['epsilon', '1e-7', '', '1e-7'],
    ['normalizer', '32', '', '32'],
    ['ignore_index', '-100', '', '-100'],
    ['background_index', '3', '', '3'],
    ['class_axis', '-1', '', '-1'],
    ['class_weights', ['1', 2], '/0', '1'],
    ['sample_weights', ['0.5'], '/0', '0.5'],
    ['logits', [['1', -2]], '/0/0', '1'],
    ['labels', [['1', 0]], '/0/0', '1'],
  ] as const) {
    const { errors } = await service.problem({ ...GOOD, [field]: value }, 'invalid_request');
    assert.equal(errors[0]?.pointer, `/${field}${place}`);
    assert.ok(errors[0].message.endsWith(`, got "${text}"; send a number: ${text} without quotes`), errors[0].message);
  }
  const sweep = await service.http.post('/v1/focal-loss/sweep').send({ ...GOOD, gammas: [0, '2'] });
  assert.match(sweep.body.errors[0].message, /got "2"; send a number: 2 without quotes$/);
});

test('other text has no such cure, nor has a number where text is expected', async () => {
  for (const [field, value] of [
    ['gamma', 'two'],
    ['gamma', ''],
    ['gamma', '0x10'],
    ['gamma', '1'.repeat(30)],
    ['label_smoothing', '0.1 '],
    ['label_smoothing', true],
    ['activation', '1'],
    ['outputs', ['1']],
    ['labels', [['cat', 0]]],
  ] as const) {
    const { errors } = await service.problem({ ...GOOD, [field]: value }, 'invalid_request');
    assert.doesNotMatch(errors[0]!.message, /without quotes/);
  }
});
