import { makeNumbers } from '../../bench/batches.ts';
import { type Headers, requestHead } from '../harness/connection.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { FuzzedShapes } from './hostile/fuzzed-shapes.ts';
import type { OpenApiDocument } from './openapi-checker.ts';
import { FORMATS, INFER, type Request, requestIn, V1 } from './request-formats.ts';
import { SchemaValues } from './schema-values.ts';

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly bytes: Buffer;
}

const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/vnd.safetensors',
  'application/x-npz',
  'application/octet-stream',
  'text/plain',
  'multipart/form-data',
  '',
  ';',
  '/',
  'application/json/x',
  'é',
  '*/*',
];
const ACCEPTS = [
  'application/json',
  '*/*',
  'application/vnd.safetensors',
  'application/x-npz',
  'text/html',
  'application/*;q=0.1',
  '',
  ',',
  ';q=2',
  'application/json;q=0',
  'x'.repeat(500),
];
const ENCODINGS = ['gzip', 'deflate', 'identity', 'br', '', 'gzip, gzip', 'x-gzip', 'zstd'];
const JSON_LENGTHS = ['0', '1', '-1', '99999999', '1e3', '', 'x', '9'.repeat(20)];
const OPTIONS = [
  {},
  { gamma: 0.5 },
  { activation: 'softmax' },
  { reduction: 'none' },
  { class_names: ['a', 'b', 'c'] },
  { outputs: ['loss', 'elementwise', 'hessian'] },
  { gradients_dtype: 'BF16' },
  { label_smoothing: 0.1, alpha: null },
];
const PIECES = [
  'null',
  '1e999',
  '-',
  '[',
  ']',
  '{',
  '}',
  '"',
  ',',
  '\\u0000',
  '9'.repeat(40),
  'NaN',
  '\u0000',
  '\uffff',
  'é',
];

/** Requests of every kind, the same ones for the same seed. */
export class FuzzedRequests {
  readonly #random: () => number;
  readonly #values: SchemaValues;
  readonly #shapes: FuzzedShapes;
  readonly #document: OpenApiDocument;
  readonly #good: readonly Request[];

  constructor(document: OpenApiDocument, seed: number) {
    this.#random = mulberry32(seed);
    this.#values = new SchemaValues(document.components.schemas, this.#random);
    this.#shapes = new FuzzedShapes(this.#random);
    this.#document = document;
    this.#good = FORMATS.flatMap((format) => OPTIONS.map((options) => requestIn(format, makeNumbers(4, 3), options)));
  }

  next(): FuzzedRequest {
    const kind = this.#random();
    if (kind < 0.35) return this.#withOddHeaders(this.#fromDocument());
    if (kind < 0.88) return this.#withOddHeaders(this.#mutated(this.#pick(this.#good)));
    if (kind < 0.94) return this.#withOddHeaders(this.#shapes.next());
    if (kind < 0.95) return this.#withOddHeaders(this.#mutated(this.#shapes.next()));
    return this.#withoutBody();
  }

  #fromDocument(): Request {
    const inference = this.#random() < 0.4;
    const schema = this.#document.components.schemas[inference ? 'InferenceRequest' : 'FocalLossRequest']!;
    const body = Buffer.from(JSON.stringify(this.#values.value(schema)) ?? '');
    return { path: inference ? INFER : V1, type: 'application/json', headers: {}, body };
  }

  #mutated(request: Request): Request {
    let { body } = request;
    const times = Math.floor(4 * this.#random());
    for (let i = 0; i < times; i++) body = this.#mutate(body);
    return { ...request, body };
  }

  #mutate(body: Buffer): Buffer {
    const at = Math.floor(body.length * this.#random());
    const to = Math.min(body.length, at + Math.floor(20 * this.#random()));
    const other = this.#pick(this.#good).body;
    switch (Math.floor(7 * this.#random())) {
      case 0: {
        const changed = Buffer.from(body);
        if (changed.length > 0) changed[at]! ^= 1 << Math.floor(8 * this.#random());
        return changed;
      }
      case 1:
        return body.subarray(0, at);
      case 2:
        return Buffer.concat([body.subarray(0, at), body.subarray(to)]);
      case 3:
        return Buffer.concat([body.subarray(0, to), body.subarray(at)]);
      case 4:
        return Buffer.concat([body.subarray(0, at), Buffer.from(this.#pick(PIECES)), body.subarray(at)]);
      case 5:
        return Buffer.concat([body.subarray(0, at), other.subarray(Math.floor(other.length * this.#random()))]);
      default:
        return this.#otherNumber(body);
    }
  }

  /** Lengths, offsets and sizes are where parsers err: one number of the text becomes another. */
  #otherNumber(body: Buffer): Buffer {
    const text = body.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return body;
    const { 0: number, index } = this.#pick(numbers);
    const other = this.#pick([
      '0',
      '1',
      '-1',
      '2',
      '1e9',
      '4294967296',
      '9007199254740993',
      `${Number(number) + 1}`,
      '0.5',
    ]);
    return Buffer.from(text.slice(0, index) + other + text.slice(index + number.length), 'latin1');
  }

  #withOddHeaders({ path, type, headers, body }: Request): FuzzedRequest {
    const all: Record<string, string | number> = { 'Content-Type': type, ...headers };
    if (this.#random() < 0.05) all['Content-Type'] = this.#pick(TYPES);
    if (this.#random() < 0.1) all.Accept = this.#pick(ACCEPTS);
    if (this.#random() < 0.03) all['Content-Encoding'] = this.#pick(ENCODINGS);
    if (this.#random() < 0.05) all['Inference-Header-Content-Length'] = this.#pick(JSON_LENGTHS);
    if (this.#random() < 0.05) all['X-Request-Id'] = this.#pick(['a', '', 'x y', '"', 'a'.repeat(200)]);
    const chunked = this.#random() < 0.1;
    return { method: 'POST', path, bytes: chunked ? this.#chunked(path, all, body) : whole('POST', path, all, body) };
  }

  #chunked(path: string, headers: Headers, body: Buffer): Buffer {
    const pieces: Buffer[] = [requestHead('POST', path, { ...headers, 'Transfer-Encoding': 'chunked' })];
    for (let at = 0; at < body.length; ) {
      const piece = body.subarray(at, at + 1 + Math.floor(200 * this.#random()));
      pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
      at += piece.length;
    }
    return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
  }

  /** Any path with any method, most of which are not documented. */
  #withoutBody(): FuzzedRequest {
    const paths = [
      ...Object.keys(this.#document.paths),
      '/v1',
      '/v2/models',
      '/v2/models/other/infer',
      '/%00',
      '/..%2f',
    ];
    const path = this.#pick(paths);
    const method = this.#pick(['GET', 'GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'POST']);
    const query = this.#random() < 0.2 ? this.#pick(['?', '?a=1', '?a[]=1&a=2', '?%', '?__proto__=1']) : '';
    const headers = { Accept: this.#pick(ACCEPTS) };
    return { method, path, bytes: whole(method, path + query, headers, Buffer.alloc(0)) };
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}

function whole(method: string, path: string, headers: Headers, body: Buffer): Buffer {
  return Buffer.concat([requestHead(method, path, { ...headers, 'Content-Length': body.length }), body]);
}
