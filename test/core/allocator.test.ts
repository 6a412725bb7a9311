import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocator, ArenaAllocator, unpooled } from '../../src/core/allocator.ts';

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

test('what an arena has no space for comes from the other allocator, and so does what is charged', () => {
  const charged: number[] = [];
  const overflow = new (class extends Allocator {
    bytes(length: number): Uint8Array {
      return new Uint8Array(new SharedArrayBuffer(length));
    }
    charge(bytes: number): void {
      charged.push(bytes);
    }
  })();
  const memory = unpooled.bytes(16);
  const arena = new ArenaAllocator(memory, overflow);
  assert.equal(arena.bytes(12).buffer, memory.buffer);
  assert.notEqual(arena.bytes(1).buffer, memory.buffer);
  assert.equal(arena.spare().length, 0);

  const other = new ArenaAllocator(memory, overflow);
  assert.notEqual(other.bytes(17).buffer, memory.buffer);
  assert.equal(other.bytes(16).buffer, memory.buffer);
  other.charge(5);
  assert.deepEqual(charged, [5]);
});
