import type { Dtype } from '../dtype.ts';

/** What a header says. Files share it if their headers are the same bytes: nobody may change it. */
export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header's entry of one tensor; offsets are in bytes from the start of the data. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Those of requests have a few hundred bytes, and are worth less than their memory if they have more. */
const MAX_BYTES = 4096;
const MAX_HEADERS = 8;

/**
 * The headers of the last files, and what they say. A job sends the same header at each step, and one request has its header read up to
 * three times: to learn where its predictions begin, how much of it is to be checked, and what it asks for.
 */
export class RecentHeaders {
  /** The last one first. */
  readonly #headers: { readonly bytes: Buffer; readonly header: SafetensorsHeader }[] = [];

  find(bytes: Uint8Array): SafetensorsHeader | undefined {
    const index = this.#headers.findIndex((recent) => recent.bytes.equals(bytes));
    if (index < 0) return undefined;
    if (index > 0) this.#headers.unshift(...this.#headers.splice(index, 1));
    return this.#headers[0]!.header;
  }

  /** @param header of valid bytes; nobody may change it */
  add(bytes: Uint8Array, header: SafetensorsHeader): void {
    if (bytes.length > MAX_BYTES) return;
    const copy = Buffer.allocUnsafeSlow(bytes.length); // In memory of its own: Node's pool would be kept with it.
    copy.set(bytes);
    this.#headers.unshift({ bytes: copy, header });
    this.#headers.splice(MAX_HEADERS);
  }
}

/** Those that this thread has read. */
export const recentHeaders = new RecentHeaders();
