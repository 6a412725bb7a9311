export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** From alike in each byte to unlike. Texts of problems and of documents may be reworded. */
export type Verdict = 'identical' | 'timings' | 'reworded' | 'different';

export interface Comparison {
  readonly verdict: Verdict;
  /** Where they first differ, or each text that was reworded. */
  readonly differences: readonly string[];
}

const IDENTICAL: Comparison = { verdict: 'identical', differences: [] };
const different = (difference: string): Comparison => ({ verdict: 'different', differences: [difference] });

/** Compares two responses to one request, byte for byte but for timings and prose. */
export function compareResponses(old: ServiceResponse, current: ServiceResponse): Comparison {
  if (old.status !== current.status) {
    const told = [old, current].map(({ body }) => body.toString('utf8', 0, 400));
    return different(`status: ${old.status} → ${current.status}: ${told.join('\n    → ')}`);
  }
  const header = firstDifference(comparedHeaders(old), comparedHeaders(current), 'headers');
  if (header !== undefined) return different(header);
  const sameSplit = old.headers[JSON_BYTES] === current.headers[JSON_BYTES];
  if (sameSplit && old.body.equals(current.body)) return IDENTICAL;
  const problems = [asProblem(old), asProblem(current)];
  if (problems[0] && problems[1]) return compareProblems(problems[0], problems[1]);
  return compareParts(split(old), split(current));
}

const JSON_BYTES = 'inference-header-content-length';
/** Those that differ from response to response, or from build to build. The length of the body and of its JSON depend on how timings are written. */
const VARYING = new Set(['date', 'content-length', 'keep-alive', 'etag', 'last-modified', JSON_BYTES]);
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function comparedHeaders({ headers }: ServiceResponse): object {
  const kept = Object.entries(headers).filter(([name]) => !VARYING.has(name));
  const values = kept.map(([name, value]) => [name, UUID.test(String(value)) ? 'a new id' : value]);
  const split =
    JSON_BYTES in headers ? { [JSON_BYTES]: `a multiple of 8: ${Number(headers[JSON_BYTES]) % 8 === 0}` } : {};
  return Object.fromEntries([...values, ...Object.entries(split)].sort(([a], [b]) => (a! < b! ? -1 : 1)));
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the service sent.
type Json = any;

function asProblem({ status, body }: ServiceResponse): Json {
  if (status < 400) return undefined;
  const problem = parsed(body.toString());
  return typeof problem?.code === 'string' ? problem : undefined;
}

/** Problems tell callers what to do by their code and the places of what is wrong; the prose is for people. */
function compareProblems(old: Json, current: Json): Comparison {
  if (old.code !== current.code) return different(`code: ${old.code} → ${current.code}`);
  const structure = firstDifference(structureOf(old), structureOf(current), '');
  if (structure !== undefined) return different(structure);
  const before = proseOf(old);
  const reworded = proseOf(current).flatMap(([place, text], i) =>
    text === before[i]![1] ? [] : [`${place}: ${before[i]![1]}\n    → ${text}`],
  );
  return { verdict: reworded.length > 0 ? 'reworded' : 'timings', differences: reworded };
}

function structureOf({ code, type, title, detail, error, request_id, errors, ...others }: Json): object {
  return {
    type: String(type).replace(new RegExp(`:${code}$`), ''),
    prose: [title, detail, error, request_id].map((text) => typeof text),
    errors: errors?.map(({ message, ...place }: Json) => ({ ...place, message: typeof message })),
    ...others,
  };
}

function proseOf({ title, detail, error, errors = [] }: Json): [place: string, text: string][] {
  const messages = errors.map(({ pointer, message }: Json) => [pointer || 'the body', message]);
  return [['title', title], ['detail', detail], ['error', error], ...messages];
}

/** A response's text without its timings, and the bytes behind it. */
interface Parts {
  readonly text: string;
  readonly data: Buffer;
}

function split({ headers, body }: ServiceResponse): Parts {
  const jsonBytes = headers[JSON_BYTES];
  const isFile = /safetensors|octet-stream/.test(String(headers['content-type'])) && jsonBytes === undefined;
  const start = isFile ? 8 : 0;
  const end = isFile ? 8 + Number(body.readBigUInt64LE(0)) : Number(jsonBytes ?? body.length);
  const text = body.toString('latin1', start, end).trimEnd();
  return { text: withoutTimings(text), data: body.subarray(end) };
}

/** In a safetensors file the response is JSON within JSON, with quotes escaped. */
function withoutTimings(text: string): string {
  return text
    .replace(/(\\?"duration_ms\\?":)\{[^}]*\}/g, '$1{}')
    .replace(/"(queue|decode|compute|encode|warm_up)_ms":[-+\d.e]+/g, '"$1_ms":0');
}

function compareParts(old: Parts, current: Parts): Comparison {
  if (old.text !== current.text) {
    const [a, b] = [parsed(old.text), parsed(current.text)];
    const place = a !== undefined && b !== undefined ? firstDifference(a, b, '') : undefined;
    return different(place ?? firstTextDifference(old.text, current.text));
  }
  if (old.data.equals(current.data)) return { verdict: 'timings', differences: [] };
  if (old.data.length !== current.data.length) {
    return different(`bytes of data: ${old.data.length} → ${current.data.length}`);
  }
  const at = old.data.findIndex((byte, i) => byte !== current.data[i]);
  const pieces = [old, current].map(({ data }) => data.subarray(at - (at % 8), at + 8).toString('hex'));
  return different(`byte ${at} of the data, in ${tensorAt(old.text, at)}: ${pieces.join(' → ')}`);
}

function tensorAt(text: string, at: number): string {
  const header = parsed(text) ?? {};
  if (!Array.isArray(header.outputs)) {
    const holds = ([, { data_offsets }]: [string, Json]) => data_offsets?.[0] <= at && at < data_offsets[1];
    return (Object.entries(header) as [string, Json][]).find(holds)?.[0] ?? 'no tensor';
  }
  let end = 0;
  for (const { name, parameters } of header.outputs) {
    end += parameters?.binary_data_size ?? 0;
    if (at < end) return name;
  }
  return 'no output';
}

function firstTextDifference(old: string, current: string): string {
  let at = 0;
  while (at < old.length && old[at] === current[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 40), at + 40);
  return `character ${at}: …${around(old)}… → …${around(current)}…`;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where two JSON values first differ, as a pointer, and how; undefined if they don't, but for the order of members. */
export function firstDifference(old: Json, current: Json, pointer: string): string | undefined {
  if (Object.is(old, current)) return undefined;
  if (typeof old !== 'object' || typeof current !== 'object' || old === null || current === null) {
    return `${pointer}: ${shortened(old)} → ${shortened(current)}`;
  }
  for (const name of new Set([...Object.keys(old), ...Object.keys(current)])) {
    const difference = firstDifference(old[name], current[name], `${pointer}/${name}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function shortened(value: Json): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
