// The characters of JSON, by their codes.

export const QUOTE = 34; // "
export const PLUS = 43; // +
export const COMMA = 44; // ,
export const MINUS = 45; // -
export const POINT = 46; // .
export const ZERO = 48; // 0
export const COLON = 58; // :
export const LARGE_E = 69; // E
export const OPEN_ARRAY = 91; // [
export const BACKSLASH = 92; // \
export const CLOSE_ARRAY = 93; // ]
export const SMALL_E = 101; // e
export const OPEN_OBJECT = 123; // {
export const CLOSE_OBJECT = 125; // }
