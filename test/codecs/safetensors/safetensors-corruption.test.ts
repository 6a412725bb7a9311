import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_SAFETENSORS_HEADER_BYTES } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { fileWith, writtenFile } from '../../helpers/codecs/safetensors-file.ts';
import { checkFiles, reads } from '../../helpers/codecs/safetensors-invariants.ts';

const WHOLE = [
  Buffer.from(
    writtenFile(
      [
        { name: 'logits', dtype: 'BF16', shape: [2, 3] },
        { name: 'labels', dtype: 'I64', shape: [2] },
        { name: 'gamma', dtype: 'F64', shape: [] },
      ],
      { class_names: '["a","b","é"]', reduction: 'sum' },
    ),
  ),
  readFileSync(new URL('../../fixtures/breast-cancer.safetensors', import.meta.url)),
];
const file = fc.constantFrom(...WHOLE);

/** A position in a file: half of them lie in the length and the header, where most faults are possible. */
const place = fc
  .tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([inHeader, part]) => (bytes: Buffer) => {
    const within = inHeader ? 8 + Number(bytes.readBigUInt64LE()) : bytes.length;
    return Math.min(Math.floor(within * part), bytes.length - 1);
  });

const cut = fc.tuple(file, place).map(([bytes, end]) => bytes.subarray(0, end(bytes)));

const flip = fc.tuple(place, fc.nat(7));
const bitFlipped = fc.tuple(file, fc.array(flip, { minLength: 1, maxLength: 3 })).map(([bytes, flips]) => {
  const flipped = Buffer.from(bytes);
  for (const [at, bit] of flips) flipped[at(bytes)]! ^= 1 << bit;
  return flipped;
});

/** The start of one file and the end of another or the same. */
const spliced = fc
  .tuple(file, place, file, place)
  .map(([first, end, second, start]) => Buffer.concat([first.subarray(0, end(first)), second.subarray(start(second))]));

const length = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 2000n }),
  fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n),
);
const lengthLying = fc.tuple(file, length).map(([bytes, announced]) => {
  const lying = Buffer.from(bytes);
  lying.writeBigUInt64LE(announced);
  return lying;
});

/** The header is longer by a few spaces, and so the data starts later: the file is still valid. */
const repadded = fc.tuple(file, fc.nat(20)).map(([bytes, spaces]) => {
  const dataStart = 8 + Number(bytes.readBigUInt64LE());
  const longer = Buffer.concat([bytes.subarray(0, dataStart), Buffer.alloc(spaces, ' '), bytes.subarray(dataStart)]);
  longer.writeBigUInt64LE(BigInt(dataStart - 8 + spaces));
  return { file: longer, sound: true };
});

const noise = fc.uint8Array({ maxLength: 64 });

test('files that are cut, bit-flipped, spliced, random or of a wrong length are read as they are or rejected', () => {
  const damaged = fc.oneof(cut, bitFlipped, spliced, lengthLying, noise).map((bytes) => ({ file: bytes }));
  checkFiles(fc.oneof({ arbitrary: damaged, weight: 5 }, repadded), 20_000);
});

/** Repeats the text until the header is full, except for 200 bytes of other text. */
const often = (text: string) => text.repeat((MAX_SAFETENSORS_HEADER_BYTES - 200) / Buffer.byteLength(text));
const HOSTILE: Record<string, string> = {
  'nested arrays': `{"a":{"shape":${often('[')}`,
  'nested objects': often('{"a":'),
  'many members': `{"__metadata__":{${Array.from({ length: 350_000 }, (_, i) => `"${i.toString(36)}":""`)}}}`,
  'many axes': `{"a":{"shape":[${often('1,')}1]}}`,
  'many digits': `{"a":{"shape":[${often('9')}]}}`,
  'a long word': `{"a":${often('a')}}`,
  'a long name': `{"${often('類')}":1}`,
  'a name of escapes': `{"${often('\\n')}":1}`,
  'a name of backslashes': `{"${often('\\')}":1}`,
  'a string without an end': `{"${often('a')}`,
  'much space': `{${often(' ')}`,
};

for (const [kind, header] of Object.entries(HOSTILE)) {
  test(`a header of the largest size with ${kind} is rejected`, () => {
    const file = fileWith(header);
    assert.ok(file.length <= MAX_SAFETENSORS_HEADER_BYTES + 8);
    assert.equal(reads(file), false);
  });
}
