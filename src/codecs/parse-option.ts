/** Parses an option that a format carries as text: JSON, or a bare word, which is a string. */
export function parseOption(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
