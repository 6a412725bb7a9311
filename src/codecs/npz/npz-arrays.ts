import { crc32 } from 'node:zlib';
import type { Allocator } from '../../core/allocator.ts';
import { invalidRequest } from '../../core/common-errors.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { MAX_RANK } from '../../loss/limits.ts';
import { formatShape } from '../../loss/tensor.ts';
import type { RequestBody } from '../codec.ts';
import { DTYPE_BYTES } from '../dtype.ts';
import { toPointer } from '../schema-issues.ts';
import { inflateNow } from './inflate-member.ts';
import { malformedNpz, memberPlace, WRITE_AGAIN } from './malformed-npz.ts';
import { readNpyDtype } from './npy-dtype.ts';
import { checkNpySize, readNpyHeader } from './npy-header.ts';
import { type StoredText, textBytes } from './npy-text.ts';
import { isRowMajor, type StoredNumbers } from './to-row-major.ts';
import type { ZipMember } from './zip-member.ts';
import { readZipMembers } from './zip-members.ts';

/** An array as the file has it. */
export type NpzArray = ({ readonly kind: 'numbers' } & StoredNumbers) | ({ readonly kind: 'text' } & StoredText);

const SUFFIX = '.npy';

/** The name of the array that a member is. */
export function arrayName({ name }: ZipMember): string {
  return name.slice(0, -SUFFIX.length);
}

/**
 * Reads the arrays of a file, all of which is checked: its directory, the checksum of each member, its header and its length.
 *
 * @param allocator where members go that are inflated here, as they are short
 * @returns views of the body, or of what was inflated
 * @throws {ServiceError} `malformed_body`, or `invalid_request` for arrays that have no numbers and no text
 */
export function readNpzArrays({ bytes, inflated }: RequestBody, allocator: Allocator): Map<string, NpzArray> {
  const arrays = new Map<string, NpzArray>();
  for (const member of readZipMembers(bytes)) {
    const data = member.isDeflated ? (inflated?.get(member.name) ?? inflateNow(member, allocator)) : member.bytes;
    if (crc32(data) !== member.crc32) {
      throw malformedNpz(
        `${memberPlace(member.name)}: its checksum is not that of its bytes, which have changed on their way${WRITE_AGAIN}`,
      );
    }
    arrays.set(arrayName(member), readNpy(data, member));
  }
  return arrays;
}

/**
 * Reads a .npy file.
 *
 * @throws {ServiceError} as `readNpzArrays`
 */
export function readNpy(file: Uint8Array, member: ZipMember): NpzArray {
  const where = memberPlace(member.name);
  const header = readNpyHeader(file, where);
  const { descr, shape, isFortran } = header;
  const dtype = readNpyDtype(descr);
  const pointer = toPointer([arrayName(member)]);
  if (dtype.kind === 'none') {
    const message = `expected an array of numbers, booleans or text, got dtype ${describeValue(descr)}: ${dtype.cure}`;
    throw invalidRequest({ pointer, message });
  }
  const itemBytes = dtype.kind === 'text' ? textBytes(dtype) : DTYPE_BYTES[dtype.dtype];
  checkNpySize(header, itemBytes, file.length, where);
  const bytes = file.subarray(header.dataStart);
  if (dtype.kind === 'text') return { kind: 'text', shape, bytes, dtype, where };
  const numbers: StoredNumbers = { dtype: dtype.dtype, shape, bytes, isBigEndian: dtype.isBigEndian, isFortran };
  if (!isRowMajor(numbers) && shape.filter((size) => size !== 1).length > MAX_RANK) {
    const message = `expected an array in C order, as it has more than ${MAX_RANK} axes, got shape ${formatShape(shape)} in Fortran order: use numpy.ascontiguousarray`;
    throw invalidRequest({ pointer, message });
  }
  return { kind: 'numbers', ...numbers };
}
