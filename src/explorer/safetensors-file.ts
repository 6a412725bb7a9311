import { ASKED_FIELDS, type BatchFile, type Options } from './batch-file.ts';

/** The format starts with the length of its header, a little-endian u64 (https://github.com/huggingface/safetensors#format). */
const LENGTH_BYTES = 8;
/** The service's own limit. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** Headers are padded to a multiple of this, so that the tensors stay aligned. */
const ALIGNMENT = 8;

interface Entry {
  readonly data_offsets: readonly [number, number];
}

/** Reads the header of a safetensors file; the tensors stay where they are. Null if it can't be read. */
export async function openSafetensors(file: Blob): Promise<Pick<BatchFile, 'options' | 'body'> | null> {
  const lead = await file.slice(0, LENGTH_BYTES).arrayBuffer();
  if (lead.byteLength < LENGTH_BYTES) return null;
  const headerBytes = new DataView(lead).getBigUint64(0, true);
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > file.size - LENGTH_BYTES) return null;

  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const header = readObject(await file.slice(LENGTH_BYTES, dataStart).text());
  if (!header) return null;
  const { __metadata__: metadata = {}, ...entries } = header as { __metadata__?: Readonly<Record<string, string>> } & {
    [name: string]: Entry;
  };

  const asked = Object.keys(entries).some((name) => ASKED_FIELDS.has(name));
  const { tensors, data } = asked
    ? leaveOut(entries, file, dataStart)
    : { tensors: entries, data: [file.slice(dataStart)] };
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => !ASKED_FIELDS.has(name)));
  return {
    options: Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, optionValue(text)])),
    body: (changes) => new Blob([headerOf({ ...kept, ...asTexts(changes) }, tensors), ...data]),
  };
}

/** The tensors without those that are asked anew, moved together, since a file must have no gaps. */
function leaveOut(entries: Readonly<Record<string, Entry>>, file: Blob, dataStart: number) {
  const tensors: Record<string, Entry> = {};
  const data: Blob[] = [];
  let offset = 0;
  for (const [name, entry] of Object.entries(entries)) {
    if (ASKED_FIELDS.has(name)) continue;
    const [begin, end] = entry.data_offsets;
    tensors[name] = { ...entry, data_offsets: [offset, offset + end - begin] };
    data.push(file.slice(dataStart + begin, dataStart + end));
    offset += end - begin;
  }
  return { tensors, data };
}

function headerOf(metadata: Readonly<Record<string, string>>, tensors: object): Blob {
  const text = new Blob([JSON.stringify({ __metadata__: metadata, ...tensors })]);
  const padding = (ALIGNMENT - (text.size % ALIGNMENT)) % ALIGNMENT;
  const lead = new DataView(new ArrayBuffer(LENGTH_BYTES));
  lead.setBigUint64(0, BigInt(text.size + padding), true);
  return new Blob([lead, text, ' '.repeat(padding)]);
}

function asTexts(options: Options): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** As the service reads metadata: JSON, or a bare word, which stands for itself. */
function optionValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
