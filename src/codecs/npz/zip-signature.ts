/** The signatures of zip's records, as little-endian integers. */
export const LOCAL_HEADER = 0x04034b50;
export const DIRECTORY_ENTRY = 0x02014b50;
export const DIRECTORY_END = 0x06054b50;
export const DIRECTORY_END_64 = 0x06064b50;
export const DIRECTORY_LOCATOR_64 = 0x07064b50;
export const DATA_DESCRIPTOR = 0x08074b50;

/** How many bytes `isZip` looks at. */
export const SIGNATURE_BYTES = 4;

/**
 * Whether a file is a zip archive. It cannot be a safetensors file, too: those bytes would announce a header of 67 MB or more. Nor
 * can it be JSON.
 */
export function isZip(file: Uint8Array): boolean {
  if (file.length < SIGNATURE_BYTES) return false;
  const signature = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return signature === LOCAL_HEADER || signature === DIRECTORY_END; // The latter if it is empty.
}
