/** Enough to recognise a path or a header. */
const DEFAULT_MAX = 128;

/**
 * Text that came from a client: its first `max` characters, and `…` if there are more.
 *
 * To be called before anything else is done with the text: a name may have 60 million characters, and to quote or escape all
 * of them takes seconds and gigabytes.
 */
export function shorten(text: string, max = DEFAULT_MAX): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')}…`; // Without half of a surrogate pair.
}
