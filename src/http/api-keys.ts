import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Keys that may change while the service runs. */
interface KeySource {
  readonly digests: readonly Buffer[];
  close(): void;
}

/** The API keys of this service. */
export class ApiKeys {
  readonly #fixed: readonly Buffer[];
  readonly #source: KeySource | undefined;

  constructor(fixed: readonly string[], source?: KeySource) {
    this.#fixed = fixed.map(digestOf);
    this.#source = source;
  }

  /** Whether requests need a key. */
  get required(): boolean {
    return this.#fixed.length > 0 || this.#source !== undefined;
  }

  close(): void {
    this.#source?.close();
  }

  /** Checks the key in a request's headers. If both headers have a key, one valid key is enough. */
  check({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): 'valid' | 'invalid' | 'missing' {
    const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    const given = [bearer, apiKey].filter((key) => typeof key === 'string');
    if (given.length === 0) return 'missing';
    return given.reduce((valid, key) => this.#has(key) || valid, false) ? 'valid' : 'invalid';
  }

  /** Compares digests, and all of them, so that the time taken tells nothing about the keys. */
  #has(key: string): boolean {
    const given = digestOf(key);
    let found = false;
    for (const known of this.#fixed) found = timingSafeEqual(known, given) || found;
    for (const known of this.#source?.digests ?? []) found = timingSafeEqual(known, given) || found;
    return found;
  }
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
