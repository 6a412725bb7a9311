import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { unpooled } from '../../../src/core/allocator.ts';
import type { RegionBytes } from '../../../src/core/shared-memory/region-bytes.ts';
import { inRegion, loadNumbers, readNumbers, writeNumbers } from '../../../src/core/shared-memory/region-numbers.ts';
import { bytesOf, SharedObject, skip } from '../../helpers/core/shared-object.ts';

/** Where no number starts at a multiple of its size. */
const POSITION = 5;

function numbersIn(object: SharedObject, byteLength: number): RegionBytes {
  const fd = openSync(object.path, 'r+');
  return { tensor: 'logits', region: 'r', fd, inode: 1, offset: POSITION, position: POSITION, byteLength };
}

for (const [format, values] of [
  ['F64', Float64Array.of(1, -2.5, 1e300, 0.1)],
  ['F32', Float32Array.of(1, -2.5, 3e38, 0.1)],
  ['F16', Uint16Array.of(0x3c00, 0xc100, 0x7bff, 1)],
  ['BF16', Uint16Array.of(0x3f80, 0xc020, 0x7f7f, 1)],
] as const) {
  test(`${format}: numbers are read and written where they lie, and nothing around them`, { skip }, () => {
    const object = new SharedObject(Buffer.alloc(POSITION + values.byteLength + 9, 0xa5));
    const numbers = inRegion(numbersIn(object, values.byteLength), format);
    assert.equal(numbers.length, 4);
    const of = (from: number, to: number) => values.slice(from, to);
    writeNumbers(numbers, [
      { first: 2, values: of(2, 4) },
      { first: 0, values: of(0, 2) },
    ]);
    assert.deepEqual(object.read(POSITION, values.byteLength), bytesOf(values));
    assert.deepEqual(object.read(0, POSITION), Buffer.alloc(POSITION, 0xa5));
    assert.deepEqual(object.read(POSITION + values.byteLength, 9), Buffer.alloc(9, 0xa5));
    assert.deepEqual(bytesOf(loadNumbers(numbers, unpooled)), bytesOf(values));
    assert.deepEqual(readNumbers(numbers, 1, new (values.constructor as Float32ArrayConstructor)(2)), of(1, 3));
  });
}

test('an object that was shortened is an error that says what is missing, and no write lengthens it', { skip }, () => {
  const object = new SharedObject(POSITION + 16);
  const numbers = inRegion(numbersIn(object, 16), 'F32');
  object.resize(POSITION + 6);
  const message =
    /^\/logits: expected 16 bytes from byte 5 on in the file of shared memory region 'r', got 6: it was shortened/;
  assert.throws(() => loadNumbers(numbers, unpooled), { code: 'invalid_request', message });
  assert.throws(() => writeNumbers(numbers, [{ first: 0, values: Float32Array.of(1) }]), { message });
  assert.equal(object.size, POSITION + 6);
  object.resize(0);
  assert.throws(() => loadNumbers(numbers, unpooled), { message: /got 0: it was shortened/ });
});

test('a descriptor that cannot be written is a bug, and no error of the request', { skip }, () => {
  const object = new SharedObject(POSITION + 16);
  const fd = openSync(object.path, 'r');
  const numbers = inRegion({ ...numbersIn(object, 16), fd }, 'F32');
  assert.throws(() => writeNumbers(numbers, [{ first: 0, values: Float32Array.of(1) }]), { code: 'EBADF' });
});
