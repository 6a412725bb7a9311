/** Keys may hold what headers carry as it stands, without the comma that separates keys in a setting. */
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/;

/**
 * Checks keys as they were written into a setting or a file.
 *
 * @throws {Error} that names the first wrong key by its position, never by its text
 */
export function checkKeys(keys: readonly string[]): readonly string[] {
  if (keys.length === 0) throw new Error('expected at least one key, got none');
  const wrong = keys.findIndex((key) => !KEY.test(key));
  if (wrong >= 0) throw new Error(`key ${wrong + 1}: expected visible ASCII characters without spaces or commas`);
  return keys;
}
