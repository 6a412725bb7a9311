import { FileError } from './file-error.ts';

/** What the header of a .npy file says (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export interface NpyHeader {
  /** NumPy's name of the element type, such as `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly dataStart: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER_BYTES = 2 ** 16;
const MAX_RANK = 32;

const DESCR = /'descr'\s*:\s*'([^']*)'/;
const ORDER = /'fortran_order'\s*:\s*(True|False)/;
const SHAPE = /'shape'\s*:\s*\(([\d,\sL]*)\)/;

export function isNpy(start: Uint8Array): boolean {
  return MAGIC.every((byte, i) => start[i] === byte);
}

/** @throws {FileError} if the header is not one that NumPy writes for an array of one type */
export async function readNpyHeader(name: string, file: Blob): Promise<NpyHeader> {
  const start = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (!isNpy(start)) throw new FileError(`Expected ${name} to be an array of NumPy, but it does not begin as one.`);
  const view = new DataView(start.buffer);
  const isFirstVersion = start[6] === 1;
  const lengthBytes = isFirstVersion ? 2 : 4;
  if (start.length < 8 + lengthBytes) throw cut(name);
  const headerBytes = isFirstVersion ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = 8 + lengthBytes + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES) throw new FileError(`The header of ${name} is longer than any of an array.`);
  if (file.size < dataStart) throw cut(name);

  const header = await file.slice(8 + lengthBytes, dataStart).text();
  const [, descr] = DESCR.exec(header) ?? [];
  const [, order] = ORDER.exec(header) ?? [];
  const [, sizes] = SHAPE.exec(header) ?? [];
  if (descr === undefined || order === undefined || sizes === undefined) {
    throw new FileError(
      `Expected ${name} to have one number in each place, got a structured array: save each of its fields as an array of its own.`,
    );
  }
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MAX_RANK || !shape.every(Number.isSafeInteger)) {
    throw new FileError(`The header of ${name} has a shape that no array has: (${sizes.slice(0, 80)}).`);
  }
  return { descr, fortranOrder: order === 'True', shape, dataStart };
}

function cut(name: string): FileError {
  return new FileError(`${name} ends inside its header. Save or copy it again.`);
}
