const BLOCK = 2 ** 14;
const WORD = 8;
const staging = new Uint8Array(BLOCK + WORD);

/**
 * Copies bytes into a target of the same length.
 *
 * JavaScript engines copy from and to shared memory word by word only if both sides have the same offset in a word, else byte
 * by byte, which takes eight times as long. Then the bytes go through memory that is not shared, block by block.
 */
export function copyBytes(source: Uint8Array, target: Uint8Array): void {
  const areAligned = (source.byteOffset - target.byteOffset) % WORD === 0;
  const areShared = source.buffer instanceof SharedArrayBuffer || target.buffer instanceof SharedArrayBuffer;
  if (areAligned || !areShared || source.length < 2 * WORD) {
    target.set(source);
    return;
  }
  // Aligned with the side that is shared. If both are, one of the copies is slow all the same.
  const shift = (source.buffer instanceof SharedArrayBuffer ? source : target).byteOffset % WORD;
  for (let start = 0; start < source.length; start += BLOCK) {
    const block = source.subarray(start, start + BLOCK);
    const staged = staging.subarray(shift, shift + block.length);
    staged.set(block);
    target.set(staged, start);
  }
}

/** Copies numbers into an array of the same type and length, as `copyBytes` does. */
export function copyNumbers(source: ArrayBufferView, target: ArrayBufferView): void {
  copyBytes(bytesOf(source), bytesOf(target));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
