import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { inflateMembers, inflateNow } from '../../../src/codecs/npz/inflate-member.ts';
import { readNpzArrays } from '../../../src/codecs/npz/npz-arrays.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { npyOf, zipOf } from '../../helpers/npz-file.ts';

// Bytes that changed on their way, in a file that is well formed otherwise.

const npy = npyOf({ dtype: 'F32', shape: [1000], values: Array.from({ length: 1000 }, (_, i) => Math.sin(i)) });

/** A file of which a byte of the data may be changed, that is read at once or in a codec thread. */
async function read(deflate: boolean, { changed = false, inThread = false } = {}) {
  const file = zipOf({ 'logits.npy': npy }, { deflate });
  const bytes = Uint8Array.from(file);
  const checksumAt = file.indexOf('PK\x01\x02', 0, 'latin1') + 16;
  // Of stored data a byte; deflated data would mostly not inflate, so the checksum changes in both places instead.
  if (changed && !deflate) bytes[checksumAt - 16 - 5]! ^= 1;
  if (changed && deflate) for (const at of [14, checksumAt]) bytes[at]! ^= 1;
  const inflated = inThread ? await inflateMembers(bytes, unpooled) : undefined;
  return readNpzArrays({ bytes, jsonBytes: bytes.length, inflated }, unpooled);
}

for (const [name, deflate, inThread] of [
  ['stored', false, false],
  ['inflated at once', true, false],
  ['inflated in a thread', true, true],
] as const) {
  test(`a member that is ${name} is read if its checksum is that of its bytes, and rejected if not`, async () => {
    assert.deepEqual([...(await read(deflate, { inThread })).keys()], ['logits']);
    await assert.rejects(read(deflate, { changed: true, inThread }), { code: 'malformed_body', message: /checksum/ });
  });
}

test('a member that inflates to more or fewer bytes than its directory says is rejected, with both numbers', () => {
  const member = { name: 'logits.npy', bytes: deflateRawSync(npy), isDeflated: true, crc32: crc32(npy) };
  assert.equal(inflateNow({ ...member, size: npy.length }, unpooled).length, npy.length);
  assert.throws(() => inflateNow({ ...member, size: npy.length + 1 }, unpooled), {
    code: 'malformed_body',
    message: new RegExp(`to ${npy.length + 1} bytes.*, got ${npy.length}`),
  });
  assert.throws(() => inflateNow({ ...member, size: npy.length - 1 }, unpooled), { message: /, got more/ });
});

test('likewise a long member, which a thread inflates', async () => {
  const inflate = (size: number) => {
    const file = zipOf({ 'logits.npy': npy }, { deflate: true, zip64: false });
    file.writeUInt32LE(size, file.indexOf('PK\x01\x02', 0, 'latin1') + 24);
    file.writeUInt32LE(size, 22);
    return inflateMembers(new Uint8Array(file), unpooled);
  };
  assert.deepEqual((await inflate(npy.length)).get('logits.npy'), new Uint8Array(npy));
  await assert.rejects(inflate(npy.length + 1), {
    message: new RegExp(`to ${npy.length + 1} bytes.*, got ${npy.length}`),
  });
  await assert.rejects(inflate(npy.length - 1), { message: /, got more/ });
});
