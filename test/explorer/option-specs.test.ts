import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_OPTIONS } from '../../src/explorer/batch-files/batch-file.ts';
import { checkOption, inForce, OPTION_SPECS } from '../../src/explorer/option-specs.ts';
import { optionFields, optionsSchema } from '../../src/loss/options.ts';

const OF_SERVICE = OPTION_SPECS.filter(({ name }) => !(PAGE_OPTIONS as readonly string[]).includes(name));
const defaults = optionsSchema.parse({}) as Readonly<Record<string, unknown>>;

for (const spec of OF_SERVICE) {
  test(`${spec.name} has the default and the values of the service`, () => {
    assert.ok(spec.name in optionFields);
    // The default of `normalizer` depends on the activation.
    assert.equal(spec.name === 'normalizer' ? undefined : spec.default({}), defaults[spec.name]);
    const schema = optionFields[spec.name as keyof typeof optionFields];
    for (const value of spec.choices ?? [spec.range!.min, spec.range!.min + spec.range!.step]) {
      assert.equal(checkOption(spec, value), null);
      assert.ok(schema.safeParse(value).success, String(value));
    }
    if (spec.range?.below !== undefined) assert.ok(!schema.safeParse(spec.range.below).success);
  });
}

test('null is an option that is not set, but for alpha', () => {
  assert.deepEqual(inForce({ margin: null, alpha: null, gamma: 1 }, { gamma: undefined, margin: 0.1 }), {
    alpha: null,
    margin: 0.1,
  });
});
