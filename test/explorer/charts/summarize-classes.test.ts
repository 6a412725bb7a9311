import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarizeClasses } from '../../../src/explorer/charts/summarize-classes.ts';
import type { ClassBreakdown } from '../../../src/explorer/service/evaluation.ts';

function breakdown(name: string, crossEntropy: number, loss: number): ClassBreakdown {
  return { class: 0, name, cross_entropy: { share: crossEntropy }, loss: { share: loss } } as ClassBreakdown;
}

test('the classes that gain and lose most are named, and no name reverses the numbers behind it', () => {
  const text = summarizeClasses([breakdown('cat', 0.6, 0.8), breakdown('\u202edog', 0.4, 0.2)]);
  assert.match(
    text,
    /^Focal loss gives more weight to \u2068cat\u2069 \(60.% of the cross-entropy, 80.% of the focal loss\)/,
  );
  assert.match(text, / and less to \u2068\u202edog\u2069 \(40.% of the cross-entropy, 20.% of the focal loss\)\.$/);
});
