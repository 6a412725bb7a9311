import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RawTensor } from '../../../src/codecs/raw-tensor.ts';
import { readSafetensors } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { readSampleTensors } from '../../harness/read-sample.ts';

// Files that Python's safetensors package wrote.

const BATCHES: Record<string, [name: string, dtype: string, shape: number[]][]> = {
  'breast-cancer': [
    ['logits', 'F32', [285]],
    ['labels', 'U8', [285]],
  ],
  'coins-detection': [
    ['labels', 'I64', [5472]],
    ['logits', 'F32', [5472, 3]],
  ],
  'coins-edges': [
    ['logits', 'F32', [1, 2, 303, 384]],
    ['labels', 'I32', [1, 2, 303, 384]],
  ],
  'digits-longtail': [
    ['labels', 'I64', [719]],
    ['logits', 'F32', [719, 10]],
  ],
};

for (const [name, expected] of Object.entries(BATCHES)) {
  test(`${name} holds the expected tensors`, () => {
    const { tensors, metadata } = readSafetensors(readSampleTensors(name));
    assert.deepEqual(
      [...tensors].map(([tensor, { dtype, shape }]) => [tensor, dtype, shape]),
      expected,
    );
    assert.deepEqual(Object.keys(metadata), []);
  });
}

/** The numbers of a tensor, read by the method of DataView for its dtype. */
function numbers({ bytes }: RawTensor, size: number, get: (view: DataView, at: number) => number | bigint) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / size }, (_, i) => get(view, i * size));
}

test('every dtype is read with its shape and bytes, and so are a scalar and an empty tensor', () => {
  const { tensors, metadata } = readSafetensors(
    readFileSync(new URL('../../fixtures/every-dtype.safetensors', import.meta.url)),
  );
  assert.deepEqual(
    { ...metadata },
    { class_names: '["café", "\\"quoted\\"", "類"]', gamma: '[1, 2.5]', reduction: 'sum' },
  );
  const shapes = [...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]);
  assert.deepEqual(shapes.sort(), [
    ['BF16', 'BF16', [3, 2]],
    ['BOOL', 'BOOL', [3]],
    ['F16', 'F16', [5]],
    ['F32', 'F32', [1, 2, 3]],
    ['F64', 'F64', [8]],
    ['I16', 'I16', [3]],
    ['I32', 'I32', [3, 1]],
    ['I64', 'I64', [5]],
    ['I8', 'I8', [3]],
    ['U8', 'U8', [2]],
    ['empty', 'F32', [0, 3]],
    ['scalar', 'F32', []],
  ]);

  const floats = [0, -1.5, 2 ** -14, 65280, Infinity, -Infinity];
  const of = (name: string) => tensors.get(name)!;
  assert.deepEqual(
    numbers(of('F64'), 8, (view, at) => view.getFloat64(at, true)),
    [...floats, 1 / 3, 5e-324],
  );
  assert.deepEqual(
    numbers(of('F32'), 4, (view, at) => view.getFloat32(at, true)),
    floats,
  );
  assert.deepEqual(
    numbers(of('F16'), 2, (view, at) => view.getUint16(at, true)),
    [0, 0xbe00, 0x0400, 0x7bff, 0x0001],
  );
  assert.deepEqual(
    numbers(of('BF16'), 2, (view, at) => view.getUint16(at, true)),
    [0, 0xbfc0, 0x3880, 0x477f, 0x7f80, 0xff80],
  );
  assert.deepEqual(
    numbers(of('I64'), 8, (view, at) => view.getBigInt64(at, true)),
    [0n, -100n, 2n ** 53n - 1n, -(2n ** 63n), 2n ** 63n - 1n],
  );
  assert.deepEqual(
    numbers(of('I32'), 4, (view, at) => view.getInt32(at, true)),
    [0, -(2 ** 31), 2 ** 31 - 1],
  );
  assert.deepEqual(
    numbers(of('I16'), 2, (view, at) => view.getInt16(at, true)),
    [0, -(2 ** 15), 2 ** 15 - 1],
  );
  assert.deepEqual([...of('I8').bytes], [0, 128, 127]);
  assert.deepEqual([...of('U8').bytes], [0, 255]);
  assert.deepEqual([...of('BOOL').bytes], [1, 0, 1]);
  assert.deepEqual(
    numbers(of('scalar'), 4, (view, at) => view.getFloat32(at, true)),
    [0.25],
  );
  assert.equal(of('empty').bytes.length, 0);
});
