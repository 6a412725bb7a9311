import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArenaAllocator, unpooled } from '../../src/core/allocator.ts';

test('what an arena has left over starts at a multiple of 8, or is nothing, however long it is', () => {
  for (let length = 0; length < 40; length++) {
    for (let taken = 0; taken <= length; taken++) {
      const arena = new ArenaAllocator(unpooled.bytes(length), unpooled);
      arena.bytes(taken);
      const { byteOffset, length: left } = arena.spare();
      assert.equal(byteOffset % 8, 0, `${taken} of ${length}`);
      assert.equal(left, Math.max(0, length - 8 * Math.ceil(taken / 8)));
    }
  }
});
