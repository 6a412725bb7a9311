import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryBytes, placeEntries, textEntry } from '../../../src/codecs/npz/npz-layout.ts';
import { writeDirectory, writeMember } from '../../../src/codecs/npz/npz-writer.ts';
import { writeUtf32 } from '../../../src/codecs/npz/utf-32.ts';
import { readZipMembers } from '../../../src/codecs/npz/zip-members.ts';
import { readNpzFile } from '../../helpers/npz-file.ts';

const ENTRIES = [
  { name: 'gradients', descr: '<f4', shape: [2, 3], dataBytes: 24 },
  { name: 'per_class.positives', descr: '<i8', shape: [1], dataBytes: 8 },
  { name: 'empty', descr: '<f8', shape: [0, 3], dataBytes: 0 },
  textEntry('response', 3),
];

/** A file in memory that held something else before. */
function written(before: number): Uint8Array {
  const places = placeEntries(ENTRIES);
  const file = new Uint8Array(new SharedArrayBuffer(places.at(-1)!.end + directoryBytes(places) + 100)).fill(before);
  for (const { dataStart, end } of places) file.fill(1, dataStart, end);
  new Uint32Array(file.buffer, places[3]!.dataStart, 3).set(writeUtf32('é\u{1f600}x'));
  return writeDirectory(
    file,
    places.map((place) => writeMember(file, place)),
  );
}

test('a file has its arrays at multiples of 64, and the names, types and shapes of numpy', () => {
  const { tensors, response, offsets } = readNpzFile(Buffer.from(written(0)));
  assert.ok(offsets.every((offset) => offset % 64 === 0));
  assert.equal(response, 'é\u{1f600}x');
  assert.deepEqual(
    Object.entries(tensors).map(([name, { dtype, shape }]) => [name, dtype, shape]),
    [
      ['gradients', 'F32', [2, 3]],
      ['per_class.positives', 'I64', [1]],
      ['empty', 'F64', [0, 3]],
    ],
  );
  assert.deepEqual(
    readZipMembers(written(0)).map(({ name }) => name),
    ENTRIES.map(({ name }) => `${name}.npy`),
  );
});

test('no byte of the file is what the memory held before', () => {
  assert.deepEqual(Buffer.from(written(0xaa)), Buffer.from(written(0)));
});
