import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safetensorsCodec } from '../../src/codecs/safetensors/safetensors-codec.ts';
import { sweepCodec } from '../../src/codecs/sweep/sweep-codec.ts';
import { unpooled } from '../../src/core/allocator.ts';
import { ValidationIssues } from '../../src/core/validation-issues.ts';
import {
  checkLimits,
  MAX_BREAKDOWN_CLASSES,
  MAX_CLASSES,
  MAX_ELEMENT_EVALUATIONS,
  MAX_ELEMENTS,
} from '../../src/loss/limits.ts';
import type { Output } from '../../src/loss/options.ts';
import type { Layout } from '../../src/loss/tensor.ts';

function issueOf(layout: Partial<Layout>, outputs: Output[]): string {
  const issues = new ValidationIssues();
  checkLimits({ outer: 1, classes: 1, inner: 1, ...layout }, outputs, 'logits', issues);
  try {
    issues.throwIfAny();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('elements are limited, whatever the shape', () => {
  assert.equal(issueOf({ outer: MAX_ELEMENTS }, ['loss']), '');
  assert.equal(issueOf({ outer: 2 ** 20, classes: 2 ** 5, inner: 2 ** 3 }, ['per_class']), '');
  for (const layout of [{ outer: MAX_ELEMENTS + 1 }, { outer: 2 ** 20, classes: 3, inner: 100 }]) {
    assert.match(
      issueOf(layout, ['loss']),
      /^\/logits: expected at most 268435456 elements \(max_elements\), got \d+$/,
    );
  }
});

test('classes are limited, and more so with a breakdown', () => {
  assert.equal(issueOf({ classes: MAX_CLASSES }, ['loss', 'gradients']), '');
  assert.equal(issueOf({ classes: MAX_BREAKDOWN_CLASSES }, ['per_class']), '');
  assert.match(
    issueOf({ classes: MAX_CLASSES + 1 }, ['loss']),
    /^\/logits: .*262144 classes \(max_classes\), got 262145$/,
  );
  assert.match(
    issueOf({ classes: MAX_BREAKDOWN_CLASSES + 1 }, ['loss', 'per_class']),
    /^\/outputs: expected no "per_class" beyond 32768 classes \(max_breakdown_classes\), got 32769$/,
  );
});

test('a sweep is limited in the evaluations of its elements; alphas that are factors do not count', () => {
  const read = (samples: number, options: object = {}) => {
    const metadata = { gammas: JSON.stringify(Array(128).fill(2)), alphas: '[0.1, 0.2]', ...options };
    const header = JSON.stringify({
      __metadata__: metadata,
      logits: { dtype: 'F16', shape: [samples], data_offsets: [0, 2 * samples] },
      labels: { dtype: 'U8', shape: [samples], data_offsets: [2 * samples, 3 * samples] },
    }).padEnd(1024);
    const bytes = Buffer.alloc(8 + 1024 + 3 * samples);
    bytes.writeBigUInt64LE(1024n);
    bytes.write(header, 8);
    return sweepCodec(safetensorsCodec).read({ bytes, jsonBytes: 0 }, unpooled);
  };
  const most = MAX_ELEMENT_EVALUATIONS / 256;
  const smoothed = { label_smoothing: '0.1' };
  assert.equal(read(most, smoothed).batch.counts.elements, most);
  assert.equal(read(most + 1).batch.counts.elements, most + 1);
  assert.throws(() => read(most + 1, smoothed), {
    code: 'invalid_request',
    message:
      '/gammas: expected at most 1073741824 evaluations of an element (max_element_evaluations), ' +
      'got 256 of each of 4194305: send fewer pairs at a time, or some of the samples',
  });
});
