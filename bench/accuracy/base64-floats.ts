/** Float32 numbers as they travel to competitors: JSON has no NaN and no infinity. */
export function encode(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

export function decode(text: unknown): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(String(text), 'base64')).buffer);
}
