import { type BatchContent, type Options, OVERRIDDEN_FIELDS } from './batch-file.ts';

/** A file starts with the length of its header, a little-endian u64 (https://github.com/huggingface/safetensors#format). */
const LENGTH_BYTES = 8;
/** Headers are padded to a multiple of this, so that the tensors stay aligned. */
const ALIGNMENT = 8;

/** The page reads no tensors. An empty list stands for these, so that it can say that it has other numbers. */
const GAMMA_TENSORS = ['gamma', 'gamma.positive', 'gamma.negative'];

interface TensorEntry {
  readonly data_offsets: readonly [number, number];
}

/** Reads the header of a safetensors file, but not its tensors. Null if the header is invalid. */
export async function openSafetensors(file: Blob): Promise<BatchContent | null> {
  const prefix = await file.slice(0, LENGTH_BYTES).arrayBuffer();
  if (prefix.byteLength < LENGTH_BYTES) return null;
  const headerBytes = new DataView(prefix).getBigUint64(0, true);
  if (headerBytes > file.size - LENGTH_BYTES) return null;

  const dataStart = LENGTH_BYTES + Number(headerBytes);
  const header = parseObject(await file.slice(LENGTH_BYTES, dataStart).text());
  if (!header) return null;
  const { __metadata__, ...entries } = header as { __metadata__?: Readonly<Record<string, string>> | null } & {
    [name: string]: TensorEntry;
  };
  const metadata = __metadata__ ?? {};

  const isOverridden = Object.keys(entries).some((name) => OVERRIDDEN_FIELDS.has(name));
  const { tensors, data } = isOverridden
    ? removeOverridden(entries, file, dataStart)
    : { tensors: entries, data: [file.slice(dataStart)] };
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => !OVERRIDDEN_FIELDS.has(name)));
  return {
    options: {
      ...Object.fromEntries(GAMMA_TENSORS.filter((name) => name in entries).map((name) => [name, []])),
      ...Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, parseOption(text)])),
    },
    body: (changes) => new Blob([buildHeader({ ...kept, ...serializeOptions(changes) }, tensors), ...data]),
  };
}

/** Removes the tensors that the page overrides, and moves the others together, since the format allows no gaps. */
function removeOverridden(entries: Readonly<Record<string, TensorEntry>>, file: Blob, dataStart: number) {
  const tensors: Record<string, TensorEntry> = {};
  const data: Blob[] = [];
  let offset = 0;
  for (const [name, entry] of Object.entries(entries)) {
    if (OVERRIDDEN_FIELDS.has(name)) continue;
    const [begin, end] = entry.data_offsets;
    tensors[name] = { ...entry, data_offsets: [offset, offset + end - begin] };
    data.push(file.slice(dataStart + begin, dataStart + end));
    offset += end - begin;
  }
  return { tensors, data };
}

function buildHeader(metadata: Readonly<Record<string, string>>, tensors: object): Blob {
  const header = new Blob([JSON.stringify({ __metadata__: metadata, ...tensors })]);
  const padding = (ALIGNMENT - (header.size % ALIGNMENT)) % ALIGNMENT;
  const prefix = new DataView(new ArrayBuffer(LENGTH_BYTES));
  prefix.setBigUint64(0, BigInt(header.size + padding), true);
  return new Blob([prefix, header, ' '.repeat(padding)]);
}

function serializeOptions(options: Options): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** As in the service, a value is JSON or, if it does not parse, a plain string. */
function parseOption(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
