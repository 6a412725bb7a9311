import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Json, startTestService } from '../helpers/service.ts';

// Sweeps with options of the focal family, which hold for all of their points.

const service = await startTestService();
const HARD = {
  logits: [
    [1, -1.5, 0.5],
    [-2, 0.25, 3],
  ],
  labels: [
    [1, 0, 0],
    [0, 0, 1],
  ],
};
const SOFT = {
  ...HARD,
  labels: [
    [0.75, 0, 0.25],
    [0, 0.5, 1],
  ],
};

async function sweep(body: object): Promise<Json> {
  return (await service.http.post('/v1/focal-loss/sweep').send(body)).body;
}

for (const [name, batch] of Object.entries<object>({
  margin: { ...HARD, margin: 0.2 },
  poly_epsilon: { ...HARD, poly_epsilon: 1 },
  'poly_epsilon under softmax': { ...HARD, activation: 'softmax', labels: [0, 2], poly_epsilon: -0.5 },
  'margin and poly_epsilon of termwise labels': { ...SOFT, soft_labels: 'termwise', margin: 0.1, poly_epsilon: 1 },
  focusing: { ...HARD, focusing: 'detached' },
  'focusing under softmax': { ...HARD, activation: 'softmax', labels: [0, 2], focusing: 'detached' },
  varifocal: { ...SOFT, soft_labels: 'varifocal' },
  matchability: { ...SOFT, soft_labels: 'matchability' },
})) {
  test(`${name}: each point is the loss of a request of its own`, async () => {
    const { grid } = await sweep({ ...batch, gammas: [0, 1.5, 2], alphas: [null, 0.25, 0.75, 0.25] });
    assert.equal(grid.length, 12);
    for (const { gamma, alpha, loss, gradient_norm } of grid) {
      const one = await service.focalLoss({ ...batch, gamma, alpha });
      const norm = Math.hypot(...one.gradients.flat());
      assert.ok(Math.abs(loss - one.loss) <= 1e-6 * Math.abs(one.loss), `${gamma}, ${alpha}: ${loss}, ${one.loss}`);
      assert.ok(Math.abs(gradient_norm - norm) <= 1e-6 * norm, `${gamma}, ${alpha}: ${gradient_norm}, ${norm}`);
    }
  });
}

test('the default of alphas is that of the loss', async () => {
  const alphaOf = async (soft_labels: string) => (await sweep({ ...SOFT, soft_labels, gammas: [2] })).grid[0].alpha;
  assert.deepEqual([await alphaOf('varifocal'), await alphaOf('matchability')], [0.75, null]);
});

test('a gamma for each side and hessian_form are not options of a sweep', async () => {
  for (const [options, message] of [
    [{ hessian_form: 'exact' }, 'unknown field "hessian_form"; a sweep has no Hessian'],
    [{ gamma: { positive: 1, negative: 4 } }, 'unknown field "gamma"; a sweep takes a list, "gammas"'],
    [{ gammas: [{ positive: 1, negative: 4 }] }, /^expected .*a number ≥ 0/],
  ] as const) {
    const { errors } = await sweep({ ...HARD, gammas: [2], ...options });
    if (typeof message === 'string') assert.equal(errors[0].message, message);
    else assert.match(errors[0].message, message);
  }
});

test('combinations that have no meaning are errors', async () => {
  const { errors } = await sweep({ ...SOFT, margin: 0.1, gammas: [2] });
  assert.equal(errors[0].pointer, '/soft_labels');
});
