import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestValue } from '../../src/codecs/foreign-values.ts';
import { optionFields } from '../../src/loss/options.ts';

for (const [option, sent, meant] of [
  ['soft_labels', 'vfl', 'varifocal'],
  ['soft_labels', 'MAL', 'matchability'],
  ['soft_labels', 'qfl', 'quality'],
  ['soft_labels', 'varifocal_loss', 'varifocal'],
  ['soft_labels', 'varifocl', 'varifocal'],
  ['focusing', 'detach', 'detached'],
  ['focusing', true, 'detached'],
  ['hessian_form', 'gauss-newton', 'detached'],
  ['focusing', 'off', undefined],
  ['soft_labels', '', undefined],
  ['soft_labels', 'constructor', undefined],
  ['soft_labels', `${'x'.repeat(100)}quality`, undefined],
  ['soft_labels', 3, undefined],
] as const) {
  test(`${option} ${JSON.stringify(sent)} ${meant ? `most likely means "${meant}"` : 'means nothing known'}`, () => {
    const known = optionFields[option].unwrap().options;
    assert.equal(nearestValue(option, sent, known), meant);
  });
}
