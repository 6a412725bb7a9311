import { unpooled } from '../../core/allocator.ts';
import { bytesToConvert } from '../bytes-to-convert.ts';
import { isPredictions } from '../prediction-names.ts';
import type { RawTensor } from '../raw-tensor.ts';
import { arrayName, readNpy } from './npz-arrays.ts';
import { isTensorName, OPTIONS, readNpzField } from './npz-fields.ts';
import { readOptionsText } from './options-text.ts';
import { isRowMajor, toRawTensor } from './to-row-major.ts';
import type { ZipMember } from './zip-member.ts';
import { readZipMembers } from './zip-members.ts';

/** How many bytes have their checksum computed in the time in which one is checked and converted. */
const CHECKSUM_BYTES_PER_BYTE = 5;
/** To inflate a byte takes as long as to check and convert so many. */
const BYTES_PER_INFLATED_BYTE = 4;
/** To read longer options may take a millisecond. */
const MAX_OPTION_BYTES = 4096;

/** How many bytes the members have together when they are inflated, and the file has beside them. */
export function inflatedBytes(file: Uint8Array): number {
  return readZipMembers(file).reduce((total, member) => total + (member.isDeflated ? member.size : 0), file.length);
}

/**
 * How many bytes of a request are checked and converted. Predictions that can be viewed where they are have their checksum computed
 * and no more.
 *
 * @returns undefined if that cannot be told from a few short options
 * @throws {ServiceError} `malformed_body` or `invalid_request`, as reading does
 */
export function bytesToCheck(file: Uint8Array): number | undefined {
  const members = readZipMembers(file);
  if (members.some(({ isDeflated }) => isDeflated)) return BYTES_PER_INFLATED_BYTE * inflatedBytes(file);
  const tensors = new Map<string, RawTensor>();
  const options: Record<string, string> = {};
  let optionBytes = 0;
  for (const member of members) {
    const name = arrayName(member);
    if (isTensorName(name)) {
      const array = readNpy(member.bytes, member);
      if (array.kind === 'text') return undefined; // α may be a scheme.
      const isPlain = isRowMajor(array) && !array.isBigEndian;
      if (isPlain && (isPredictions(name) || name === 'labels')) tensors.set(name, toRawTensor(array, unpooled));
      continue;
    }
    optionBytes += member.size;
    if (optionBytes > MAX_OPTION_BYTES) return undefined;
    Object.assign(options, optionTexts(name, member));
  }
  const toConvert = bytesToConvert({ bytes: file.length, tensors, options });
  return toConvert === undefined ? undefined : toConvert + Math.ceil(file.length / CHECKSUM_BYTES_PER_BYTE);
}

/** The options that an array has, as words or JSON. */
function optionTexts(name: string, member: ZipMember): Record<string, string> {
  const array = readNpy(member.bytes, member);
  const values = name === OPTIONS ? readOptionsText(array, unpooled) : { [name]: readNpzField(name, array, unpooled) };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOf(value)]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
