import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCodec } from '../../src/codecs/codec-registry.ts';
import { unpooled } from '../../src/core/allocator.ts';

// What a codec thread returns is copied in the HTTP thread, except for shared memory. So no request may have an object or an
// unshared number for each of its classes, however many there are.

const CLASSES = 8192;
const BATCH = {
  logits: [Array(CLASSES).fill(0)],
  labels: [Array(CLASSES).fill(0.5)],
  class_names: Array(CLASSES).fill('name'),
};
const alpha = (i: number) => ({ effective_number: { beta: i / 300, class_counts: Array(CLASSES).fill(i) } });

/** Objects and numbers that are copied with a value: bytes of arrays that are not shared, strings, and 10 for each object. */
function copiedSize(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (ArrayBuffer.isView(value)) return 10 + (value.buffer instanceof SharedArrayBuffer ? 0 : value.byteLength);
  if (typeof value !== 'object' || value === null) return 1;
  return 10 + Object.values(value).reduce((total: number, member) => total + copiedSize(member), 0);
}

for (const [codec, request] of [
  ['json-sweep', { ...BATCH, gammas: [1, 2], alphas: Array.from({ length: 128 }, (_, i) => alpha(i)) }],
  ['json-sweep', { ...BATCH, gammas: Array.from({ length: 256 }, (_, i) => i), alphas: [Array(CLASSES).fill(0.1)] }],
  ['json', { ...BATCH, alpha: alpha(1), class_weights: Array(CLASSES).fill(2), gamma: Array(CLASSES).fill(1) }],
] as const) {
  test(`${codec}: a request of ${CLASSES} classes is copied like one of a few`, () => {
    const bytes = Buffer.from(JSON.stringify(request));
    const size = copiedSize(findCodec(codec).read({ bytes, jsonBytes: bytes.length }, unpooled));
    assert.ok(size < CLASSES, `${size}`);
  });
}
