/** Reads an option that a format has as text: JSON, or a bare word, which stands for itself. */
export function parseOption(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
