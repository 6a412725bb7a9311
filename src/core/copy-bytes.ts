const WORD = 8;
/** Fewer bytes are copied in less time than a function in C++ is called. */
const MIN_BYTES = 128;
/** Shorter steps are copied by way of other memory, which stays in the processor's cache. */
const MIN_STEP = 2 ** 12;
const staging = new Uint8Array(2 ** 14);

/**
 * Copies bytes into a target of the same length. The two may overlap if the target comes first.
 *
 * JavaScript engines copy from and to shared memory word by word, and byte by byte where both sides differ in their offset in a
 * word, which takes eight times as long. Then Node's `fill` is faster: it copies with `memcpy`.
 */
export function copyBytes(source: Uint8Array, target: Uint8Array): void {
  const areAligned = (source.byteOffset - target.byteOffset) % WORD === 0;
  if (areAligned || source.length < MIN_BYTES || !(isShared(source) || isShared(target))) target.set(source);
  else if (mayOverlap(source, target)) copyOverlapping(source, target);
  else fill.call(target, source);
}

/** `memcpy` is for bytes that do not overlap: a step is as long as they are apart. */
function copyOverlapping(source: Uint8Array, target: Uint8Array): void {
  const distance = source.byteOffset - target.byteOffset;
  const step = distance < MIN_STEP ? staging.length : distance;
  for (let start = 0; start < source.length; start += step) {
    const from = source.subarray(start, start + step);
    const to = target.subarray(start, start + step);
    fill.call(to, distance < MIN_STEP ? staged(from) : from);
  }
}

function staged(bytes: Uint8Array): Uint8Array {
  const copy = staging.subarray(0, bytes.length);
  fill.call(copy, bytes);
  return copy;
}

/** In every thread, and in each message, the same shared memory is another object. */
function mayOverlap(a: Uint8Array, b: Uint8Array): boolean {
  return isShared(a) && isShared(b) && Math.abs(a.byteOffset - b.byteOffset) < a.length;
}

function isShared({ buffer }: Uint8Array): boolean {
  return buffer instanceof SharedArrayBuffer;
}

const fill: (this: Uint8Array, value: Uint8Array) => unknown = Buffer.prototype.fill;

/** Copies numbers into an array of the same type and length, as `copyBytes` does. */
export function copyNumbers(source: ArrayBufferView, target: ArrayBufferView): void {
  copyBytes(bytesOf(source), bytesOf(target));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
