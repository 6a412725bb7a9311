import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { npzCodec } from '../../../src/codecs/npz/npz-codec.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { npyBytes, npzFile, zipOf } from '../../helpers/npz-file.ts';

// Any bytes are read as a batch, or rejected with a code that is the client's fault, in short time.

const TENSORS = {
  logits: { dtype: 'F32', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
  labels: { dtype: 'I64', shape: [2], values: [0, 2] },
  gamma: { dtype: 'F64', shape: [], values: [1.5] },
  warnings: { dtype: 'BOOL', shape: [], values: [0] },
} as const;
const TEXTS = { activation: 'softmax', class_names: ['a', 'é', '類'], options: '{"reduction":"sum"}' };
const WHOLE = [
  npzFile(TENSORS, TEXTS),
  npzFile(TENSORS, TEXTS, { deflate: true }),
  npzFile(TENSORS, TEXTS, { descriptors: true, zip64: false, isFortran: true, isBigEndian: true }),
  npzFile(TENSORS, TEXTS, { end64: true, version: 3 }),
];
const CODES = ['malformed_body', 'invalid_request', 'body_too_large'];

/** @returns whether it was read */
function reads(file: Uint8Array): boolean {
  const start = performance.now();
  const bytes = new Uint8Array(file);
  try {
    npzCodec.bytesToCheck!(bytes);
    if (npzCodec.inflatedBytes!(bytes) < 2 ** 24) npzCodec.read({ bytes, jsonBytes: 0 }, unpooled);
    return true;
  } catch (error) {
    assert.ok(error instanceof ServiceError && CODES.includes(error.code), error instanceof Error ? error.stack : '');
    assert.ok(error.message.length < 2000, error.message);
    return false;
  } finally {
    assert.ok(performance.now() - start < 5000);
  }
}

test('the whole files are read', () => {
  for (const file of WHOLE) assert.ok(reads(file));
});

const file = fc.constantFrom(...WHOLE);
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const changes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 3 });
const changed = fc.tuple(file, changes).map(([bytes, list]) => {
  const copy = Buffer.from(bytes);
  for (const [at, value] of list) copy[Math.floor(at * copy.length)] = value;
  return copy;
});
const cut = fc.tuple(file, place, place).map(([bytes, from, to]) => {
  const [start, end] = [from, to].sort((a, b) => a - b);
  return Buffer.concat([bytes.subarray(0, start! * bytes.length), bytes.subarray(end! * bytes.length)]);
});
const spliced = fc.tuple(file, place, file, place).map(([first, end, second, start]) => {
  return Buffer.concat([first.subarray(0, end * first.length), second.subarray(start * second.length)]);
});
/** A number in the records of zip that is an edge. */
const edged = fc
  .tuple(file, place, fc.constantFrom(0, 1, 2 ** 16 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1), fc.boolean())
  .map(([bytes, at, value, atEnd]) => {
    const copy = Buffer.from(bytes);
    const offset = atEnd ? copy.length - 400 + at * 396 : at * (copy.length - 4);
    copy.writeUInt32LE(value, Math.max(0, Math.floor(offset)));
    return copy;
  });

test('files that are changed, cut or spliced are read or rejected, and never a fault of the service', () => {
  const outcomes = { read: 0, rejected: 0 };
  fc.assert(
    fc.property(fc.oneof(changed, cut, spliced, edged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      outcomes[reads(bytes) ? 'read' : 'rejected'] += 1;
    }),
    { numRuns: 6000, seed: 20261130 },
  );
  assert.ok(outcomes.rejected > 3000, JSON.stringify(outcomes));
});

/** What checksums hide: a member whose data is other than it should be, with the right checksum. */
test('members of any .npy header and data are read or rejected', () => {
  const descr = fc.oneof(
    fc.constantFrom('<f4', '>i8', '<U0', '<U3', '|S0', '|V2', '|O', '<U999999999', '|b1'),
    fc.string(),
  );
  const size = fc.oneof(fc.nat(4), fc.constantFrom(2 ** 31, 2 ** 53, 1e300, 10 ** 9));
  const name = fc.oneof(
    fc.constantFrom('logits', 'labels', 'gamma', 'options', 'class_names', 'outputs', 'gammas', 'warnings'),
    fc.string(),
  );
  fc.assert(
    fc.property(
      name,
      descr,
      fc.array(size, { maxLength: 4 }),
      fc.boolean(),
      fc.uint8Array({ maxLength: 64 }),
      (array, type, shape, fortran, data) => {
        const header = `{'descr': '${type}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.map((axis) => BigInt(axis)).join(', ')}${shape.length === 1 ? ',' : ''}), }`;
        reads(zipOf({ [`${array}.npy`]: npyBytes(header, data) }));
      },
    ),
    { numRuns: 3000, seed: 20261130 },
  );
});
