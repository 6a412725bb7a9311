import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readRecipes } from './helpers/recipes.ts';
import { startTestService } from './helpers/service.ts';
import { assertRelative } from './published/published.ts';

// docs/reference/recipes.md says which options are which library's loss. fixtures/recipes.json, composed-recipes.json and
// family-recipes.json have what the libraries answered; the scripts beside them asked them.

interface Reference {
  /** The library and its version. */
  readonly from: string;
  readonly batch: object;
  readonly loss?: number;
  readonly elementwise?: unknown;
  readonly gradients: unknown;
  /** Gradients are to be multiplied by it, where the logits sent are the model's times it. */
  readonly gradient_factor?: number;
}

const service = await startTestService();

const references: Record<string, Reference> = {
  ...readFixture('recipes'),
  ...readFixture('composed-recipes'),
  ...readFixture('family-recipes'),
};
const recipes = readRecipes();

test('every recipe has a reference, and every reference a recipe', () => {
  assert.deepEqual([...recipes.keys()].sort(), Object.keys(references).sort());
});

for (const [name, options] of recipes) {
  const reference = references[name];
  test(`${name}: ${reference?.from}`, async () => {
    assert.ok(reference, 'a recipe without a reference');
    const { batch, loss, elementwise, gradients, gradient_factor: factor = 1 } = reference;
    assert.deepEqual(
      Object.keys(options).filter((option) => option in batch),
      [],
      'options say nothing of the batch',
    );

    const response = await service.focalLoss({ ...batch, ...options, outputs: ['loss', 'gradients', 'elementwise'] });
    assert.ok((loss === undefined) !== (elementwise === undefined));
    if (loss === undefined) assertRelative(response.elementwise, elementwise);
    else assertRelative(response.loss, loss);
    assertRelative(
      [response.gradients].flat(Number.POSITIVE_INFINITY).map((gradient) => factor * Number(gradient)),
      gradients,
    );
  });
}

function readFixture(name: string): Record<string, Reference> {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));
}
