import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safetensorsCodec } from '../../../src/codecs/safetensors/safetensors-codec.ts';
import { readCheckedFields } from '../../../src/codecs/safetensors/safetensors-fields.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { unpooledLease } from '../../../src/core/buffer-lease.ts';
import { writtenFile } from '../../helpers/codecs/safetensors-file.ts';

/** One sample of two classes, whose γ is a tensor; all numbers are the given one. */
function file(number: number, metadata: Record<string, string> = {}): Uint8Array {
  const tensors = [
    { name: 'logits', dtype: 'F32', shape: [1, 2] },
    { name: 'labels', dtype: 'F32', shape: [1, 2] },
    { name: 'gamma', dtype: 'F32', shape: [2] },
  ] as const;
  const written = writtenFile(tensors, metadata);
  written.set(new Uint8Array(new Float32Array(6).fill(number).buffer), written.length - 24);
  return written;
}

test('files with the same header share the options that were checked, and have tensors of their own', () => {
  const metadata = { class_names: '["a","b"]', reduction: 'sum' };
  const [first, second] = [1, 0].map((number) => readCheckedFields(file(number, metadata), unpooled));
  assert.deepEqual(first!.class_names, ['a', 'b']);
  assert.equal(second!.class_names, first!.class_names);
  assert.equal(second!.reduction, 'sum');
  const gammaOf = (number: number) => {
    const { batch } = safetensorsCodec.read({ bytes: file(number, metadata), jsonBytes: 0 }, unpooled);
    return [batch.gamma.positive, [...(batch.predictions as Float32Array)], batch.counts.positives];
  };
  for (const number of [1, 0, 1]) {
    const [gamma, logits, positives] = gammaOf(number);
    assert.deepEqual(Array.from(gamma as Float64Array), [number, number]);
    assert.deepEqual(logits, [number, number]);
    assert.equal(positives, 2 * number);
  }
});

test('files with the same header have a gamma of their own for each side', () => {
  const sides = ['gamma.positive', 'gamma.negative'] as const;
  for (const number of [1, 0, 1]) {
    const gamma = sides.map((name) => ({ name, dtype: 'F32', shape: [2] }) as const);
    const shape = [1, 2];
    const written = writtenFile(
      [{ name: 'logits', dtype: 'F32', shape }, { name: 'labels', dtype: 'F32', shape }, ...gamma],
      { reduction: 'sum' },
    );
    written.set(new Uint8Array(new Float32Array(8).fill(number).buffer), written.length - 32);
    const { batch } = safetensorsCodec.read({ bytes: written, jsonBytes: 0 }, unpooled);
    assert.deepEqual([...batch.gamma.positive, ...batch.gamma.negative], new Array(4).fill(number));
  }
});

test('other options of the same tensors are read anew', () => {
  const reductionOf = (reduction: string) => readCheckedFields(file(1, { reduction }), unpooled).reduction;
  assert.deepEqual(['sum', 'mean', 'sum'].map(reductionOf), ['sum', 'mean', 'sum']);
});

test('what is wrong with a header is said each time', () => {
  for (let i = 0; i < 3; i++) {
    const read = (metadata: Record<string, string>) => () => readCheckedFields(file(1, metadata), unpooled);
    assert.throws(read({ reduction: 'most' }), { code: 'invalid_request' });
    assert.throws(read({ gama: '2' }), { code: 'invalid_request' });
    assert.throws(read({ gamma: '2' }), { code: 'invalid_request' });
  }
});

test('a long header is charged each time', () => {
  const metadata = { class_names: `["a","b"]${' '.repeat(5000)}` };
  for (let i = 0; i < 2; i++) {
    const lease = unpooledLease();
    let charged = 0;
    lease.charge = (bytes) => {
      charged += bytes;
    };
    readCheckedFields(file(1, metadata), lease);
    assert.ok(charged > 5000, `${charged} bytes`);
  }
});
