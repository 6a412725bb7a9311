// The characters that JSON is made of, by their codes, and how to pass over those that a reader does not need.

export const QUOTE = 34; // "
export const COMMA = 44; // ,
export const COLON = 58; // :
export const OPEN_ARRAY = 91; // [
const BACKSLASH = 92; // \
export const CLOSE_ARRAY = 93; // ]
export const OPEN_OBJECT = 123; // {
export const CLOSE_OBJECT = 125; // }

/** The first offset from `at` on that is no JSON white space. */
export function skipSpace(text: Uint8Array, at: number): number {
  let next = at;
  for (;;) {
    const byte = text[next];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
    next += 1;
  }
}

/** The offset behind the string whose opening quote is at `start`; beyond the text if the string does not end. */
export function skipString(text: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
