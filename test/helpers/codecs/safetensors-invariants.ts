import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSafetensors, type Safetensors } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { byteCount } from './safetensors-file.ts';

// Whatever the bytes: tensors that cover the data, as the language's own parser says where they lie, or a refusal.

const SEED = 20261123;
/** What the runtime may allocate for itself in the meantime, when it compiles something. */
const SLACK_BYTES = 8 * 2 ** 20;

/** @returns whether it was read; if not, it was refused as it should be, and either way soon and in little memory */
export function reads(file: Uint8Array): boolean {
  const allocator = process.memoryUsage();
  const start = performance.now();
  let read: Safetensors | undefined;
  try {
    read = readSafetensors(file);
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    assert.equal(error.code, 'malformed_body');
    assert.ok(error.message.length < 2000, error.message);
  }
  assert.ok(performance.now() - start < 1000);
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  assert.ok(arrayBuffers - allocator.arrayBuffers <= file.length, `${arrayBuffers - allocator.arrayBuffers} bytes`);
  // JavaScript's strings may take two bytes for one of UTF-8.
  assert.ok(heapUsed - allocator.heapUsed <= 2 * file.length + SLACK_BYTES, `${heapUsed - allocator.heapUsed} bytes`);
  if (read) checkConsistent(file, read);
  return read !== undefined;
}

function checkConsistent(file: Uint8Array, { tensors, metadata }: Safetensors): void {
  const copy = Buffer.from(file);
  const dataStart = 8 + Number(copy.readBigUInt64LE());
  const { __metadata__ = {}, ...entries } = JSON.parse(copy.toString('utf8', 8, dataStart));
  assert.deepEqual(Object.entries(metadata).sort(), Object.entries(__metadata__).sort());
  assert.deepEqual([...tensors.keys()].sort(), Object.keys(entries).sort());

  let covered = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    const begin = bytes.byteOffset - file.byteOffset - dataStart;
    assert.equal(bytes.buffer, file.buffer);
    assert.equal(begin, covered);
    assert.equal(bytes.length, byteCount({ dtype, shape }));
    assert.deepEqual({ dtype, shape, data_offsets: [begin, begin + bytes.length] }, { ...entries[name] });
    covered += bytes.length;
  }
  assert.equal(covered, file.length - dataStart);
}

/**
 * Reads many files, and holds that a fair part of them was read and a fair part refused.
 *
 * @param cases `sound` says which it must be, where that is known
 */
export function checkFiles(cases: fc.Arbitrary<{ file: Uint8Array; sound?: boolean }>, numRuns: number): void {
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(cases, ({ file, sound }) => {
      const read = reads(file);
      outcomes[read ? 'read' : 'refused'] += 1;
      if (sound !== undefined) assert.equal(read, sound);
    }),
    { numRuns, seed: SEED },
  );
  assert.ok(Math.min(outcomes.read, outcomes.refused) > numRuns / 20, JSON.stringify(outcomes));
}
