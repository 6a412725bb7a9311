/** The content codings that a response may have. */
export type ResponseEncoding = 'zstd' | 'gzip';

export interface AcceptedEncoding {
  /** What to compress with; undefined: the client prefers a response as it is, or accepts nothing that is offered. */
  readonly encoding: ResponseEncoding | undefined;
  /** Whether the client excludes a response as it is. */
  readonly identityExcluded: boolean;
}

const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
/** No client has more codings than this, and a header of 16 KiB can have 8000. */
const MAX_CODINGS = 32;

/**
 * Chooses by Accept-Encoding (RFC 9110, section 12.5.3). Of codings with the same weight, the first that is offered wins.
 * @fastify/accepts would take the first in the header instead, which is gzip for curl, browsers and Python clients, even
 * if they read zstd too.
 *
 * `*` does not include zstd: a client that does not name it may be older than it. Parts that are not valid are ignored.
 */
export function acceptedEncoding(header: string | undefined, offered: readonly ResponseEncoding[]): AcceptedEncoding {
  const weights = weigh(header ?? '');
  const any = weights.get('*');
  const identity = weights.get('identity') ?? any;
  let encoding: ResponseEncoding | undefined;
  let best = 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? (coding === 'zstd' ? 0 : (any ?? 0));
    if (weight <= best) continue;
    best = weight;
    encoding = coding;
  }
  return { encoding: best >= (identity ?? 0) ? encoding : undefined, identityExcluded: identity === 0 };
}

/** The weight of each coding that the header names. */
function weigh(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of header.split(',', MAX_CODINGS)) {
    const [name = '', parameter = 'q=1'] = item.split(';', 2).map((part) => part.trim().toLowerCase());
    const weight = WEIGHT.exec(parameter)?.[1];
    if (name && weight) weights.set(name === 'x-gzip' ? 'gzip' : name, Number(weight));
  }
  return weights;
}
