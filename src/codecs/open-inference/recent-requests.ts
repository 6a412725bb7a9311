import type { Output } from '../../loss/options.ts';
import { fieldOf } from '../gamma-field.ts';
import type { RequestFields } from '../read-batch.ts';
import type { InferenceParameters } from './inference-parameters.ts';
import type { InferenceRequest } from './inference-schema.ts';

/** What the JSON of a valid request says by itself. Requests share it: nobody may change it. */
export interface InferenceHeader {
  readonly request: InferenceRequest;
  readonly parameters: InferenceParameters;
  readonly outputs: readonly Output[];
  /** Those that are inputs are undefined. */
  readonly fields: RequestFields;
}

/** The JSON of most requests has 1 to 4 KB, and is worth less than its memory if it has more. */
const MAX_BYTES = 8192;
const MAX_REQUESTS = 8;

/**
 * The JSON of the last requests, and what it says. A job sends the same bytes at each step: only what lies behind them, or in
 * shared memory, is new. To compare them takes a hundredth of the time in which they are parsed and checked.
 */
export class RecentRequests {
  /** The last one first. */
  readonly #requests: { readonly json: Buffer; readonly header: InferenceHeader }[] = [];

  find(json: Uint8Array): InferenceHeader | undefined {
    const index = this.#requests.findIndex((recent) => recent.json.equals(json));
    if (index < 0) return undefined;
    const [found] = this.#requests.splice(index, 1);
    this.#requests.unshift(found!);
    return found!.header;
  }

  /** @param header of a request whose inputs have no data in the JSON: all of them are read anew each time */
  add(json: Uint8Array, header: InferenceHeader): void {
    if (json.length > MAX_BYTES || header.request.inputs.some(({ data }) => data !== undefined)) return;
    const inputs = Object.fromEntries(header.request.inputs.map(({ name }) => [fieldOf(name), undefined]));
    const fields: RequestFields = { ...header.fields, ...inputs };
    this.#requests.unshift({ json: Buffer.from(json), header: { ...header, fields } });
    this.#requests.splice(MAX_REQUESTS);
  }
}

/** Those that this thread has read. */
export const recentRequests = new RecentRequests();
