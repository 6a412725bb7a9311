import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNpy } from '../../../src/codecs/npz/npz-arrays.ts';
import { toRawTensor } from '../../../src/codecs/npz/to-row-major.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { npyOf } from '../../helpers/npz-file.ts';
import { encoded, type FileTensor } from '../../helpers/tensor-file.ts';

const MEMBER = { name: 'logits.npy', bytes: new Uint8Array(), isDeflated: false, size: 0, crc32: 0 };

function read(npy: Uint8Array) {
  const array = readNpy(npy, MEMBER);
  assert.equal(array.kind, 'numbers');
  return array.kind === 'numbers' ? toRawTensor(array, unpooled) : undefined!;
}

const layout = fc.record({ isFortran: fc.boolean(), isBigEndian: fc.boolean() });
const shape = fc
  .array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 })
  .chain((sizes) => fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }).map((more) => [...sizes, ...more]));
const dtype = fc.constantFrom<FileTensor['dtype']>('F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'U16', 'U8', 'BOOL');

test('arrays of any layout, shape and dtype become little endian and row major, bit for bit', () => {
  fc.assert(
    fc.property(layout, shape, dtype, fc.nat(7), (order, sizes, type, offset) => {
      const count = sizes.reduce((product, size) => product * size, 1);
      const values = Array.from({ length: count }, (_, i) => (type === 'BOOL' ? i % 2 : (i * 37) % 251));
      const npy = npyOf({ dtype: type, shape: sizes, values }, order);
      const moved = new Uint8Array(new SharedArrayBuffer(npy.length + offset)).subarray(offset);
      moved.set(npy);
      const tensor = read(moved);
      assert.deepEqual([tensor.dtype, tensor.shape], [type, sizes]);
      assert.deepEqual(Buffer.from(tensor.bytes), encoded(type, values));
    }),
    { numRuns: 200 },
  );
});

test('integers of 64 bits that look like a NaN stay as they are', () => {
  const values = [0x7ff0000000000001n, -1n, 0x7ff8000000000001n, 0x7ff4dead0000beefn];
  const { bytes } = read(npyOf({ dtype: 'I64', shape: [2, 2], values }, { isFortran: true }));
  assert.deepEqual([...new BigInt64Array(bytes.buffer, bytes.byteOffset, 4)], values);
});

test('arrays that are row major in either order are views, and those of many axes in Fortran order are rejected', () => {
  const npy = npyOf({ dtype: 'F32', shape: [1, 4, 1], values: [1, 2, 3, 4] }, { isFortran: true });
  assert.equal(read(npy).bytes.buffer, npy.buffer);
  const deep = { dtype: 'U8', shape: [2, 2, 2, 2, 2, 2], values: new Array<number>(64).fill(1) } as const;
  assert.throws(() => read(npyOf(deep, { isFortran: true })), /numpy\.ascontiguousarray/);
  assert.equal(read(npyOf(deep)).bytes.length, 64);
});
