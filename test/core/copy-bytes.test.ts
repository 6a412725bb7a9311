import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyBytes, copyNumbers } from '../../src/core/copy-bytes.ts';

const BUFFERS = [(length: number) => new ArrayBuffer(length), (length: number) => new SharedArrayBuffer(length)];

test('bytes are copied between any two offsets of any two memories, and nothing beside them', () => {
  for (const length of [0, 1, 15, 16, 17, 127, 128, 129, 16_383, 16_384, 40_001]) {
    for (const allocate of BUFFERS) {
      for (const allocateTarget of BUFFERS) {
        for (const [from, to] of [
          [0, 0],
          [0, 4],
          [3, 0],
          [5, 2],
        ] as const) {
          const source = new Uint8Array(allocate(length + from), from).map((_, i) => (i % 251) + 1);
          const shared = new Uint8Array(allocate(length + from), from);
          shared.set(source);
          const whole = new Uint8Array(allocateTarget(to + length + 8));
          copyBytes(shared, whole.subarray(to, to + length));
          assert.ok(Buffer.from(whole.subarray(to, to + length)).equals(source), `${length}, ${from}, ${to}`);
          assert.equal(
            whole.reduce((sum, byte) => sum + byte, 0),
            source.reduce((sum, byte) => sum + byte, 0),
          );
        }
      }
    }
  }
});

test('bytes may move to the front within one memory', () => {
  for (const shift of [1, 8, 4095, 4097, 16_384, 20_003]) {
    const bytes = new Uint8Array(new SharedArrayBuffer(100_000)).map((_, i) => i % 251);
    const whole = new Uint8Array(new SharedArrayBuffer(100_000));
    whole.set(bytes);
    copyBytes(whole.subarray(shift), whole.subarray(0, -shift));
    assert.ok(Buffer.from(whole.subarray(0, -shift)).equals(bytes.subarray(shift)), `${shift}`);
  }
});

test('so they may if another object is the same memory, as in each message between threads', () => {
  const memory = new SharedArrayBuffer(100_000);
  const bytes = new Uint8Array(memory).map((_, i) => i % 251);
  const sameMemory = structuredClone(memory);
  assert.notEqual(sameMemory, memory);
  for (const shift of [1, 4097, 20_003]) {
    const whole = new Uint8Array(memory);
    whole.set(bytes);
    copyBytes(new Uint8Array(sameMemory, shift), whole.subarray(0, -shift));
    assert.ok(Buffer.from(whole.subarray(0, -shift)).equals(bytes.subarray(shift)), `${shift}`);
  }
});

test('numbers are copied as they are', () => {
  const target = new Float32Array(new SharedArrayBuffer(44), 4, 10);
  copyNumbers(Float32Array.of(1, -0, Number.NaN, 4, 5, 6, 7, 8, 9, 10), target);
  assert.deepEqual([...target], [1, -0, Number.NaN, 4, 5, 6, 7, 8, 9, 10]);
});
