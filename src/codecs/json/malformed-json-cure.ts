const NOT_FINITE =
  ' (NaN and Infinity, which some writers print, are not JSON: for an infinite logit send 10000 or -10000, and any number ' +
  'where predictions are ignored or have weight 0)';

const PYTHON =
  " (this looks like Python's text of an object: write it with json.dumps, which puts names in double quotes)";

const SAFETENSORS = ' (it looks like a safetensors file: send the header "Content-Type: application/vnd.safetensors")';

/** What to do about a text that `JSON.parse` refused for this reason; else empty. */
export function malformedJsonCure(reason: string, text: string): string {
  if (/token '?[NI]/.test(reason)) return NOT_FINITE;
  // `JSON.parse` takes a minus for the start of a number, and gives the position behind it.
  const position = Number(/at position (\d+)/.exec(reason)?.[1]);
  if (/^(inf|nan)/i.test(text.slice(position, position + 3))) return NOT_FINITE;
  return text[position] === "'" ? PYTHON : '';
}

/** What to say if a body that should be JSON is a file of tensors: a header in JSON behind its length in 8 bytes. */
export function tensorFileCure(bytes: Uint8Array): string {
  return bytes[7] === 0 && bytes[8] === 0x7b ? SAFETENSORS : '';
}
