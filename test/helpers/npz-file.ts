import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { decoded, encoded, type FileTensor } from './tensor-file.ts';

// npz files for tests, written and read without the code that is tested.

const CODES: Readonly<Record<FileTensor['dtype'], string>> = {
  F64: '<f8',
  F32: '<f4',
  F16: '<f2',
  BF16: '|V2',
  I64: '<i8',
  I32: '<i4',
  I16: '<i2',
  I8: '|i1',
  U64: '<u8',
  U32: '<u4',
  U16: '<u2',
  U8: '|u1',
  BOOL: '|b1',
};

/** A .npy file of any header, padded as numpy pads it. */
export function npyBytes(header: string, data: Uint8Array, version = 1): Buffer {
  const text = Buffer.from(header, version === 3 ? 'utf8' : 'latin1');
  const fixed = version === 1 ? 10 : 12;
  const padded = Buffer.alloc(Math.ceil((fixed + text.length + 1) / 64) * 64 - fixed, ' ');
  text.copy(padded);
  padded[padded.length - 1] = 0x0a;
  const start = Buffer.alloc(fixed);
  start.write('\x93NUMPY', 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(padded.length, 8);
  else start.writeUInt32LE(padded.length, 8);
  return Buffer.concat([start, padded, data]);
}

function headerOf(descr: string, shape: readonly number[], order = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
}

export interface Layout {
  readonly isFortran?: boolean;
  readonly isBigEndian?: boolean;
  readonly version?: number;
}

/** A tensor as .npy; its values are row major, whatever the layout. */
export function npyOf({ dtype, shape, values }: FileTensor, layout: Layout = {}): Buffer {
  const { isFortran, version } = layout;
  const isBigEndian = layout.isBigEndian && dtype !== 'BF16'; // Raw data has no order.
  const data = encoded(dtype, isFortran ? columnMajor(shape, values) : values);
  const size = data.length / Math.max(1, values.length);
  if (isBigEndian) for (let at = 0; at < data.length; at += size) data.subarray(at, at + size).reverse();
  const descr = isBigEndian ? CODES[dtype].replace('<', '>') : CODES[dtype];
  return npyBytes(headerOf(descr, shape, isFortran ? 'True' : 'False'), data, version);
}

function columnMajor<Value>(shape: readonly number[], values: readonly Value[]): Value[] {
  const indices = values.map((_, position) => {
    let rest = position;
    let index = 0;
    const coordinates = shape.toReversed().map((size) => {
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      return coordinate;
    });
    coordinates.forEach((coordinate, i) => {
      index = index * shape.at(-1 - i)! + coordinate;
    });
    return index;
  });
  const ordered = new Array<Value>(values.length);
  indices.forEach((index, position) => {
    ordered[index] = values[position]!;
  });
  return ordered;
}

/** Strings as numpy's `<U…`; without a shape one of them is an array without axes. */
export function npyOfText(texts: string | readonly string[]): Buffer {
  const points = [texts].flat().map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const width = Math.max(1, ...points.map(({ length }) => length));
  const data = Buffer.alloc(4 * width * points.length);
  points.forEach((list, i) => {
    list.forEach((point, k) => {
      data.writeUInt32LE(point, 4 * (i * width + k));
    });
  });
  return npyBytes(headerOf(`<U${width}`, typeof texts === 'string' ? [] : [points.length]), data);
}

export interface ZipOptions {
  readonly deflate?: boolean;
  /** As numpy writes them: sizes in the local headers are those of zip64, or behind the data. */
  readonly zip64?: boolean;
  readonly descriptors?: boolean;
  readonly comment?: string;
  /** The records of zip64 at the end of the file, too. */
  readonly end64?: boolean;
}

export function zipOf(members: Readonly<Record<string, Uint8Array>>, options: ZipOptions = {}): Buffer {
  const { deflate = false, zip64 = true, descriptors = false, comment = '', end64 = false } = options;
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(members)) {
    const packed = deflate ? deflateRawSync(data) : Buffer.from(data);
    const nameBytes = Buffer.from(name);
    const checksum = crc32(data);
    const flags = descriptors ? 8 : 0;
    const common = (sizes: readonly number[], check: number) => {
      const fields = Buffer.alloc(22);
      fields.writeUInt16LE(zip64 ? 45 : 20, 0);
      fields.writeUInt16LE(flags, 2);
      fields.writeUInt16LE(deflate ? 8 : 0, 4);
      fields.writeUInt32LE(check, 10);
      fields.writeUInt32LE(sizes[0]!, 14);
      fields.writeUInt32LE(sizes[1]!, 18);
      return fields;
    };
    const extra = Buffer.alloc(zip64 ? 20 : 0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(descriptors ? 0 : data.length), 4);
      extra.writeBigUInt64LE(BigInt(descriptors ? 0 : packed.length), 12);
    }
    const localSizes = zip64 ? [2 ** 32 - 1, 2 ** 32 - 1] : descriptors ? [0, 0] : [packed.length, data.length];
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(nameBytes.length, 0);
    lengths.writeUInt16LE(extra.length, 2);
    const descriptor = Buffer.alloc(descriptors ? (zip64 ? 24 : 16) : 0);
    if (descriptors) {
      descriptor.writeUInt32LE(0x08074b50, 0);
      descriptor.writeUInt32LE(checksum, 4);
      [packed.length, data.length].forEach((size, i) => {
        if (zip64) descriptor.writeBigUInt64LE(BigInt(size), 8 + 8 * i);
        else descriptor.writeUInt32LE(size, 8 + 4 * i);
      });
    }
    const local = [signature(0x04034b50), common(localSizes, descriptors ? 0 : checksum), lengths, nameBytes, extra];
    const entry = Buffer.alloc(18);
    entry.writeUInt16LE(nameBytes.length, 0);
    entry.writeUInt32LE(at, 14);
    const madeBy = Buffer.alloc(2);
    directory.push(signature(0x02014b50), madeBy, common([packed.length, data.length], checksum), entry, nameBytes);
    parts.push(...local, packed, descriptor);
    at += [...local, packed, descriptor].reduce((total, { length }) => total + length, 0);
  }
  const central = Buffer.concat(directory);
  const count = Object.keys(members).length;
  const records = end64 ? [zip64End(count, central.length, at), zip64Locator(at + central.length)] : [];
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(end64 ? 2 ** 32 - 1 : central.length, 12);
  end.writeUInt32LE(end64 ? 2 ** 32 - 1 : at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, central, ...records, end, Buffer.from(comment)]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function zip64End(count: number, size: number, start: number): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(44n, 4);
  [count, count, size, start].forEach((value, i) => {
    record.writeBigUInt64LE(BigInt(value), 24 + 8 * i);
  });
  return record;
}

function zip64Locator(at: number): Buffer {
  const record = Buffer.alloc(20);
  record.writeUInt32LE(0x07064b50);
  record.writeBigUInt64LE(BigInt(at), 8);
  record.writeUInt32LE(1, 16);
  return record;
}

/** A request: tensors, and text as arrays without axes or as lists of strings. */
export function npzFile(
  tensors: Readonly<Record<string, FileTensor>>,
  texts: Readonly<Record<string, string | readonly string[]>> = {},
  options: ZipOptions & Layout = {},
): Buffer {
  return zipOf(
    Object.fromEntries([
      ...Object.entries(texts).map(([name, text]) => [`${name}.npy`, npyOfText(text)]),
      ...Object.entries(tensors).map(([name, tensor]) => [`${name}.npy`, npyOf(tensor, options)]),
    ]),
    options,
  );
}

export interface ReadNpz {
  readonly tensors: Readonly<Record<string, FileTensor>>;
  /** The array `response`. */
  readonly response: string;
  /** Where the data of each array begins in the file. */
  readonly offsets: readonly number[];
}

/** Reads a response, and checks what every reader of zip would. */
export function readNpzFile(file: Buffer): ReadNpz {
  const end = file.length - 22;
  if (file.readUInt32LE(end) !== 0x06054b50) throw new Error('no end of the directory');
  let at = file.readUInt32LE(end + 16);
  const tensors: Record<string, FileTensor> = {};
  const offsets: number[] = [];
  let response = '';
  for (let i = 0; i < file.readUInt16LE(end + 10); i++) {
    const nameEnd = at + 46 + file.readUInt16LE(at + 28);
    const name = file.toString('utf8', at + 46, nameEnd).replace(/\.npy$/, '');
    const local = file.readUInt32LE(at + 42);
    const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const packed = file.subarray(start, start + file.readUInt32LE(at + 20));
    const npy = file.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed;
    if (crc32(npy) !== file.readUInt32LE(at + 16)) throw new Error(`${name}: a wrong checksum`);
    const dataStart = 10 + npy.readUInt16LE(8);
    const header = npy.toString('latin1', 10, dataStart);
    const [, descr = '', order, axes = ''] =
      /^\{'descr': '([^']+)', 'fortran_order': (\w+), 'shape': \(([\d, ]*)\), \} *\n$/.exec(header) ?? [];
    if (order !== 'False') throw new Error(`${name}: ${header}`);
    offsets.push(start + dataStart);
    const data = npy.subarray(dataStart);
    if (descr.startsWith('<U')) {
      const points = Array.from({ length: data.length / 4 }, (_, k) => data.readUInt32LE(4 * k));
      if (name === 'response') response = points.map((point) => String.fromCodePoint(point)).join('');
    } else {
      const [dtype] = Object.entries(CODES).find(([, code]) => code === descr)! as [FileTensor['dtype'], string];
      const shape = axes
        .split(',')
        .filter((size) => size.trim() !== '')
        .map(Number);
      tensors[name] = { dtype, shape, values: decoded(dtype, data) };
    }
    at = nameEnd + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return { tensors, response, offsets };
}
