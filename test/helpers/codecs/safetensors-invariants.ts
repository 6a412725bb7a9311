import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readSafetensors, type Safetensors } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { byteCount } from './safetensors-file.ts';

// Any bytes become tensors that cover the data, and lie where JSON.parse says, or are rejected.

const SEED = 20261123;
/** What the runtime may allocate for itself in the meantime, for example to compile a function. */
const SLACK_BYTES = 8 * 2 ** 20;

/** Checks that the file is read or rejected, quickly and in little memory. @returns whether it was read */
export function reads(file: Uint8Array): boolean {
  const before = process.memoryUsage();
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
  assert.ok(arrayBuffers - before.arrayBuffers <= file.length, `${arrayBuffers - before.arrayBuffers} bytes`);
  // JavaScript's strings may take two bytes for one of UTF-8.
  assert.ok(heapUsed - before.heapUsed <= 2 * file.length + SLACK_BYTES, `${heapUsed - before.heapUsed} bytes`);
  if (read) checkConsistent(file, read);
  return read !== undefined;
}

function checkConsistent(file: Uint8Array, { tensors, metadata }: Safetensors): void {
  const copy = Buffer.from(file);
  const dataStart = 8 + Number(copy.readBigUInt64LE());
  const { __metadata__ = {}, ...entries } = JSON.parse(copy.toString('utf8', 8, dataStart));
  assert.deepEqual(Object.entries(metadata).sort(), Object.entries(__metadata__ ?? {}).sort());
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
 * Checks many files, and that enough of them are read and enough are rejected.
 *
 * @param cases `sound` says whether the file is valid, if that is known
 */
export function checkFiles(cases: fc.Arbitrary<{ file: Uint8Array; sound?: boolean }>, numRuns: number): void {
  const outcomes = { read: 0, rejected: 0 };
  fc.assert(
    fc.property(cases, ({ file, sound }) => {
      const read = reads(file);
      outcomes[read ? 'read' : 'rejected'] += 1;
      if (sound !== undefined) assert.equal(read, sound);
    }),
    { numRuns, seed: SEED },
  );
  assert.ok(Math.min(outcomes.read, outcomes.rejected) > numRuns / 20, JSON.stringify(outcomes));
}
