import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DTYPE_BYTES, type Dtype } from '../../../src/codecs/dtype.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from '../../../src/codecs/safetensors/safetensors-header.ts';
import { readSafetensors } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { byteCount, type TestTensor, writtenFile } from '../../helpers/codecs/safetensors-file.ts';

const SEED = 20261123;

const dtype = fc.constantFrom(...(Object.keys(DTYPE_BYTES) as Dtype[]));
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('logits', '', '0', '17', '__proto__', 'constructor', '"', '\\', '\u0000', 'é', '\ud800', '類'),
);
const tensors = fc.uniqueArray(
  fc
    .tuple(
      name.filter((text) => text !== '__metadata__'),
      dtype,
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
    )
    .map(([name, dtype, shape]): TestTensor => ({ name, dtype, shape })),
  { selector: (tensor) => tensor.name, maxLength: 6 },
);
const metadata = fc.dictionary(name, fc.string({ unit: 'binary' }), { maxKeys: 4 });

test('a written header is read back: every dtype, any shape, name and text', () => {
  const seen = new Set<Dtype>();
  fc.assert(
    fc.property(tensors, metadata, (written, texts) => {
      const file = writtenFile(written, texts);
      const read = readSafetensors(file);
      assert.deepEqual({ ...read.metadata }, { ...texts });
      assert.equal(read.tensors.size, written.length);
      let offset = 0;
      for (const tensor of written) {
        const { bytes, dtype, shape } = read.tensors.get(tensor.name)!;
        assert.deepEqual({ name: tensor.name, dtype, shape }, tensor);
        assert.deepEqual(
          Array.from(bytes),
          Array.from({ length: byteCount(tensor) }, (_, i) => (offset + i) % 251),
        );
        assert.equal(bytes.buffer, file.buffer);
        seen.add(dtype);
        offset += bytes.length;
      }
    }),
    { numRuns: 5000, seed: SEED },
  );
  assert.equal(seen.size, Object.keys(DTYPE_BYTES).length);
});

test('the reserved bytes are enough, no more than needed, and leave the data aligned', () => {
  fc.assert(
    fc.property(tensors, metadata, (written, texts) => {
      const bytes = safetensorsHeaderBytes(written, Buffer.byteLength(JSON.stringify(texts)));
      assert.equal(bytes % 8, 0);
      writeSafetensorsHeader(new Uint8Array(bytes), written, texts);
      assert.throws(() => writeSafetensorsHeader(new Uint8Array(bytes - 8), written, texts), RangeError);
    }),
    { numRuns: 2000, seed: SEED },
  );
});

test('a header fills the reserved bytes with spaces, and changes nothing else', () => {
  const allocator = new Uint8Array(300).fill(0xaa);
  writeSafetensorsHeader(allocator.subarray(16, 200), [{ name: 'gradients', dtype: 'F32', shape: [2, 3] }], { a: 'é' });
  assert.deepEqual(allocator.subarray(0, 16), new Uint8Array(16).fill(0xaa));
  assert.deepEqual(allocator.subarray(200), new Uint8Array(100).fill(0xaa));
  assert.deepEqual([...allocator.subarray(16, 24)], [176, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(
    Buffer.from(allocator.subarray(24, 200)).toString(),
    '{"__metadata__":{"a":"é"},"gradients":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'.padEnd(175),
  );
});

test('too few reserved bytes are an error that says how many there are', () => {
  assert.throws(
    () => writeSafetensorsHeader(new Uint8Array(24), [], {}),
    new RangeError('The safetensors header needs 27 bytes, and 24 are reserved'),
  );
  assert.throws(() => writeSafetensorsHeader(new Uint8Array(), [], {}), RangeError);
});
