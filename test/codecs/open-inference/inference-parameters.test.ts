import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readParameters } from '../../../src/codecs/open-inference/inference-parameters.ts';
import type { InferenceRequest } from '../../../src/codecs/open-inference/inference-schema.ts';
import { ValidationIssues } from '../../../src/core/validation-issues.ts';

function read(parameters: InferenceRequest['parameters'], rest: Partial<InferenceRequest> = {}) {
  const issues = new ValidationIssues();
  const read = readParameters({ inputs: [], ...rest, parameters } as InferenceRequest, issues);
  issues.throwIfAny();
  return { ...read, options: { ...read.options } };
}

test('options are JSON in strings or bare words, and what is meant for other servers is none', () => {
  const { options } = read({
    gamma: 1.5,
    alpha: '[0.2, 0.3]',
    reduction: 'sum',
    priority: 1,
    sequence_id: 7,
    triton_x: 'y',
    headers: 'h',
    content_type: 'c',
    my_headers: true,
  });
  assert.deepEqual(options, { gamma: 1.5, alpha: [0.2, 0.3], reduction: 'sum', my_headers: true });
});

test('a timeout is in microseconds, and 0 or less is none', () => {
  assert.equal(read({ timeout: 2500 }).timeoutMs, 2.5);
  for (const parameters of [{ timeout: 0 }, { timeout: -1 }, undefined]) {
    assert.deepEqual(read(parameters), { binaryOutput: false, timeoutMs: undefined, options: {} });
  }
});

test('an option that is also an input is rejected, and so are outputs in both places', () => {
  const input = (name: string) => ({ name, datatype: 'FP32' as const, shape: [1] });
  assert.throws(() => read({ gamma: 2 }, { inputs: [input('logits'), input('gamma')] }), {
    message: '/gamma: expected it once, got an input and a parameter',
  });
  const outputs = [{ name: 'loss' }];
  assert.throws(() => read({ outputs: '["loss"]' }, { outputs }), { message: /^\/outputs: expected them once/ });
  assert.doesNotThrow(() => read({ outputs: '["loss"]' }, { outputs: [] }));
  assert.doesNotThrow(() => read({ gamma: 2 }, { inputs: [input('logits')], outputs }));
});
