/** As in src/core/api-key-format.ts. A browser cannot even send other characters in a header. */
const FORMAT = /^[\x21-\x2b\x2d-\x7e]+$/;

/** Why no service has this key, in a sentence; empty for one that a service may have, and for none. */
export function apiKeyFault(key: string): string {
  if (key === '' || FORMAT.test(key)) return '';
  return 'Expected a key of visible ASCII characters without spaces and commas, got other characters in it.';
}
