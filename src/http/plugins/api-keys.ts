import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Keys that change while the service runs. */
interface KeySource {
  readonly digests: readonly Buffer[];
  close(): void;
}

/** The keys that open this service. */
export class ApiKeys {
  readonly #fixed: readonly Buffer[];
  readonly #source: KeySource | undefined;

  constructor(fixed: readonly string[], source?: KeySource) {
    this.#fixed = fixed.map(digestOf);
    this.#source = source;
  }

  /** Whether any key is needed at all. */
  get needed(): boolean {
    return this.#fixed.length > 0 || this.#source !== undefined;
  }

  close(): void {
    this.#source?.close();
  }

  /** Whether one of these keys came with a request. Where keys came in both headers, one right one is enough. */
  check({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): 'right' | 'wrong' | 'none' {
    const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    const given = [bearer, apiKey].filter((key) => typeof key === 'string');
    if (given.length === 0) return 'none';
    return given.reduce((right, key) => this.#has(key) || right, false) ? 'right' : 'wrong';
  }

  /** Takes the same time whichever key it is and however much of it is right: digests are compared, and all of them. */
  #has(key: string): boolean {
    const given = digestOf(key);
    let right = false;
    for (const known of this.#fixed) right = timingSafeEqual(known, given) || right;
    for (const known of this.#source?.digests ?? []) right = timingSafeEqual(known, given) || right;
    return right;
  }
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
