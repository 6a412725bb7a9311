import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readZipMembers } from '../../../src/codecs/npz/zip-members.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { type ZipOptions, zipOf } from '../../helpers/npz-file.ts';

const CONTENT = { 'labels.npy': Buffer.from('some labels'), 'logits.npy': Buffer.alloc(1000, 7) };

function rejects(file: Uint8Array, message: RegExp): void {
  assert.throws(
    () => readZipMembers(new Uint8Array(file)),
    (error) => error instanceof ServiceError && error.code === 'malformed_body' && message.test(error.message),
    String(message),
  );
}

/** The offsets of an archive's records: of each local header, of each entry of the directory, and of the end. */
function places(file: Buffer) {
  const find = (signature: string) => {
    const found: number[] = [];
    for (let at = file.indexOf(signature, 0, 'latin1'); at >= 0; at = file.indexOf(signature, at + 1, 'latin1'))
      found.push(at);
    return found;
  };
  return { locals: find('PK\x03\x04'), entries: find('PK\x01\x02'), end: find('PK\x05\x06')[0]! };
}

/** The archive with something changed. */
function changed(
  change: (file: Buffer, at: ReturnType<typeof places>) => void,
  options: ZipOptions = { zip64: false },
) {
  const file = zipOf(CONTENT, options);
  change(file, places(file));
  return file;
}

const LAYOUTS: Record<string, ZipOptions> = {
  'of zip64, as numpy writes it': {},
  'of 32-bit sizes': { zip64: false },
  deflated: { deflate: true },
  'with data descriptors': { descriptors: true, zip64: false },
  'with data descriptors of zip64': { descriptors: true },
  'with a comment': { comment: 'PK\x05\x06 is no end' },
  'with the last records of zip64': { end64: true },
};

for (const [name, options] of Object.entries(LAYOUTS)) {
  test(`an archive ${name} is read`, () => {
    const members = readZipMembers(new Uint8Array(zipOf(CONTENT, options)));
    assert.deepEqual(
      members.map((member) => [member.name, member.size, member.isDeflated]),
      [
        ['labels.npy', 11, options.deflate ?? false],
        ['logits.npy', 1000, options.deflate ?? false],
      ],
    );
    if (!options.deflate) assert.deepEqual(Buffer.from(members[1]!.bytes), CONTENT['logits.npy']);
  });
}

test('members come in the order of the directory, wherever their data is', () => {
  const file = zipOf(CONTENT, { zip64: false });
  const { entries, end } = places(file);
  const [first, second] = [file.subarray(entries[0], entries[1]), file.subarray(entries[1], end)];
  const swapped = Buffer.concat([file.subarray(0, entries[0]), second, first, file.subarray(end)]);
  assert.deepEqual(
    readZipMembers(new Uint8Array(swapped)).map(({ name }) => name),
    ['logits.npy', 'labels.npy'],
  );
});

test('an empty archive has no members', () => {
  assert.deepEqual(readZipMembers(new Uint8Array(zipOf({}))), []);
});

test('a file that is no whole archive is rejected, with what it may be', () => {
  const file = zipOf(CONTENT);
  rejects(Buffer.from('logits'), /expected a zip archive.*numpy\.savez/);
  rejects(Buffer.from('{"logits": [1]}'), /looks like JSON.*application\/json/);
  for (const length of [4, 22, 100, file.length - 1]) rejects(file.subarray(0, length), /cut short/);
  rejects(Buffer.concat([file, Buffer.from('\n')]), /bytes follow it/);
  rejects(Buffer.concat([file.subarray(0, 50), file]), /expected its directory to end/);
  rejects(Buffer.concat([Buffer.alloc(4), file]), /expected a zip archive/);
});

test('archives that are split, encrypted or compressed otherwise are rejected', () => {
  rejects(
    changed((file, { end }) => file.writeUInt16LE(1, end + 4)),
    /a volume of one that is split/,
  );
  rejects(
    changed((file, { end }) => file.writeUInt16LE(1, end + 8)),
    /a volume of one that is split/,
  );
  rejects(
    changed((file, { entries }) => file.writeUInt16LE(1, entries[0]! + 34)),
    /"labels.npy".*another volume/,
  );
  rejects(
    changed((file, { entries }) => file.writeUInt16LE(1, entries[0]! + 8)),
    /"labels.npy".*encrypted/,
  );
  rejects(
    changed((file, { entries }) => file.writeUInt16LE(12, entries[1]! + 10)),
    /"logits.npy".*numpy\.savez_compressed.*method 12/,
  );
});

test('members that lie about their size are rejected before anything is inflated', () => {
  const lie = (offset: number, value: number, options: ZipOptions) =>
    changed((file, { entries }) => file.writeUInt32LE(value, entries[0]! + offset), options);
  const deflated = { deflate: true, zip64: false };
  rejects(lie(24, 2 ** 31, deflated), /"labels.npy".*which cannot be/);
  rejects(lie(24, 12, { zip64: false }), /which cannot be/);
  rejects(lie(20, 2 ** 31, deflated), /an overlap/);
  rejects(lie(20, 14, deflated), /size|gap|overlap/);
  rejects(lie(24, 12, deflated), /expected the size/);
  rejects(lie(24, 2 ** 32 - 1, deflated), /expected its sizes in a zip64 field/);
});

test('members that overlap, leave a gap, or are there twice are rejected', () => {
  rejects(
    changed((file, { entries, locals }) => file.writeUInt32LE(locals[0]!, entries[1]! + 42)),
    /an overlap/,
  );
  rejects(
    changed((file, { entries }) => file.writeUInt32LE(7, entries[0]! + 42)),
    /a gap/,
  );
  rejects(
    changed((file, { entries }) => file.writeUInt32LE(2 ** 32 - 2, entries[1]! + 42)),
    /gap|overlap/,
  );
  const twice = changed((file, { entries, locals }) => {
    file.write('logits', entries[0]! + 46);
    file.write('logits', locals[0]! + 30);
  });
  rejects(twice, /"logits.npy".*twice/);
  rejects(
    changed((file, { end }) => file.writeUInt16LE(1, end + 10) && file.writeUInt16LE(1, end + 8)),
    /directory of 1 members/,
  );
});

test('a member that says it ends behind the file is rejected before what would follow it is looked at', () => {
  const file = changed(
    (bytes, { entries }) => {
      bytes.writeUInt32LE(100_000, entries[0]! + 20);
      bytes.writeUInt32LE(100_000, entries[0]! + 24);
      bytes.writeUInt32LE(30 + 'labels.npy'.length + 100_000 + 16, entries[1]! + 42);
    },
    { descriptors: true, zip64: false },
  );
  rejects(file, /"logits.npy".*a gap/);
});

test('headers must agree with the directory', () => {
  const local = (change: (file: Buffer, at: number) => void, options?: ZipOptions) =>
    changed((file, { locals }) => change(file, locals[1]!), options);
  rejects(
    local((file, at) => file.write('x', at + 30)),
    /"logits.npy".*the name/,
  );
  rejects(
    local((file, at) => file.writeUInt16LE(1, at + 6)),
    /the flags/,
  );
  rejects(
    local((file, at) => file.writeUInt16LE(8, at + 8)),
    /the method/,
  );
  rejects(
    local((file, at) => file.writeUInt32LE(5, at + 14)),
    /the checksum/,
  );
  rejects(
    local((file, at) => file.writeUInt32LE(5, at + 22)),
    /the size/,
  );
  rejects(
    local((file, at) => file.writeUInt16LE(2 ** 16 - 1, at + 28)),
    /an overlap/,
  );
  rejects(
    local((file, at) => file.writeUInt8(0, at)),
    /expected its header/,
  );
  const descriptors = { descriptors: true, zip64: false };
  rejects(
    changed((file, { locals }) => file.writeUInt32LE(1, locals[1]! - 4), descriptors),
    /"labels.npy".*the data descriptor/,
  );
});

test('names that are no plain names of arrays, and too many of them, are rejected', () => {
  for (const name of [
    'logits',
    '.npy',
    'a/logits.npy',
    '../logits.npy',
    'a\\b.npy',
    'a\0b.npy',
    '__MACOSX/',
    'readme.txt',
  ]) {
    rejects(zipOf({ [name]: Buffer.alloc(1) }), /expected an array in the file's root/);
  }
  rejects(zipOf({ [`${'n'.repeat(2000)}.npy`]: Buffer.alloc(1) }), /at most 1024 bytes/);
  rejects(
    changed((file, { entries }) => file.writeUInt8(0xff, entries[0]! + 46)),
    /UTF-8/,
  );
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.npy`, Buffer.alloc(1)]));
  rejects(zipOf(many), /at most 256 members, got 300/);
});
