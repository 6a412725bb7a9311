import { malformedNpz, memberPlace, WRITE_AGAIN } from './malformed-npz.ts';
import { MAX_32 } from './zip-end.ts';

/** The sizes of a member and its place, which zip64 has in a field of its own if 32 bits cannot hold them. */
export interface MemberSizes {
  readonly size: number;
  readonly packedSize: number;
  /** Only entries of the directory have it. */
  readonly offset?: number;
}

const ZIP64_FIELD = 1;
const FIELD_HEADER_BYTES = 4;

/**
 * Takes numbers that are 2^32 − 1, which numpy writes whatever the size, from the extra field of zip64 (APPNOTE 4.5.3).
 *
 * @param extra where the extra fields are
 * @throws {ServiceError} `malformed_body`
 */
export function readSizes(
  view: DataView,
  sizes: MemberSizes,
  extra: { readonly start: number; readonly end: number },
  name: string,
): MemberSizes {
  const { size, packedSize, offset } = sizes;
  if (size !== MAX_32 && packedSize !== MAX_32 && offset !== MAX_32) return sizes;
  const broken = () =>
    malformedNpz(`${memberPlace(name)}: expected its sizes in a zip64 field, got none${WRITE_AGAIN}`);
  let at = extra.start;
  for (;;) {
    if (at + FIELD_HEADER_BYTES > extra.end) throw broken();
    if (view.getUint16(at, true) === ZIP64_FIELD) break;
    at += FIELD_HEADER_BYTES + view.getUint16(at + 2, true);
  }
  const end = at + FIELD_HEADER_BYTES + view.getUint16(at + 2, true);
  if (end > extra.end) throw broken();
  at += FIELD_HEADER_BYTES;
  const take = (value: number) => {
    if (value !== MAX_32) return value;
    if (at + 8 > end) throw broken();
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  };
  // They are in this order, each only if it is needed.
  return { size: take(size), packedSize: take(packedSize), ...(offset !== undefined && { offset: take(offset) }) };
}
