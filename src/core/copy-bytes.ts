const BLOCK = 2 ** 14;
const WORD = 8;
const staging = new Uint8Array(BLOCK + WORD);
const shiftedStaging = new Uint8Array(BLOCK + WORD);

/**
 * Copies bytes into a target of the same length.
 *
 * JavaScript engines copy from and to shared memory word by word only if both sides have the same offset in a word, else byte
 * by byte, which takes eight times as long. Then the bytes go through memory that is not shared, block by block. The two may
 * overlap if the target comes first.
 */
export function copyBytes(source: Uint8Array, target: Uint8Array): void {
  const areAligned = (source.byteOffset - target.byteOffset) % WORD === 0;
  const fromShared = source.buffer instanceof SharedArrayBuffer;
  const toShared = target.buffer instanceof SharedArrayBuffer;
  if (areAligned || !(fromShared || toShared) || source.length < 2 * WORD) {
    target.set(source);
    return;
  }
  for (let start = 0; start < source.length; start += BLOCK) {
    const block = source.subarray(start, start + BLOCK);
    const staged = stage(block, staging, fromShared ? source : target);
    target.set(fromShared && toShared ? stage(staged, shiftedStaging, target) : staged, start);
  }
}

/** Copies a block to where it has the same offset in a word as one of the sides. */
function stage(block: Uint8Array, memory: Uint8Array, { byteOffset }: Uint8Array): Uint8Array {
  const shift = byteOffset % WORD;
  const staged = memory.subarray(shift, shift + block.length);
  staged.set(block);
  return staged;
}

/** Copies numbers into an array of the same type and length, as `copyBytes` does. */
export function copyNumbers(source: ArrayBufferView, target: ArrayBufferView): void {
  copyBytes(bytesOf(source), bytesOf(target));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
