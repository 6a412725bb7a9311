const NOT_FINITE =
  ' (NaN and Infinity, which some writers print, are not JSON: for an infinite logit send 10000 or -10000, and any number ' +
  'where predictions are ignored or have weight 0)';

const PYTHON =
  " (this looks like Python's text of an object: write it with json.dumps, which puts names in double quotes)";

/** What to do about a text that `JSON.parse` refused for this reason; else empty. */
export function malformedJsonCure(reason: string, text: string): string {
  if (/token '?[NI]/.test(reason)) return NOT_FINITE;
  // `JSON.parse` takes a minus for the start of a number, and gives the position behind it.
  const position = Number(/at position (\d+)/.exec(reason)?.[1]);
  if (/^(inf|nan)/i.test(text.slice(position, position + 3))) return NOT_FINITE;
  return text[position] === "'" ? PYTHON : '';
}
