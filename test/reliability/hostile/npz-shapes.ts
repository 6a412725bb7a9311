import { npyBytes, zipOf } from '../../helpers/npz-file.ts';
import { type Request, V1 } from '../request-formats.ts';
import { type HostileShape, posts, zipped } from './hostile-shape.ts';

// Archives that are small and hold much, or say so. The lengths that they announce are right: what lies is rejected unread.

function npz(members: Readonly<Record<string, Uint8Array>>, deflate = true): Request {
  return { path: V1, type: 'application/x-npz', headers: {}, body: zipOf(members, { deflate }) };
}

function array(descr: string, count: number, bytes: number): Buffer {
  return npyBytes(`{'descr': '${descr}', 'fortran_order': False, 'shape': (${count},), }`, Buffer.alloc(bytes));
}

/** Zeros, a thousandth of which is sent. */
function zeros(count: number): Request {
  return npz({ 'logits.npy': array('<f2', count, 2 * count), 'labels.npy': array('|u1', count, count) });
}

function names(count: number): Request {
  return npz({ 'class_names.npy': array('<U16', count, 64 * count), 'logits.npy': array('<f4', 1, 4) });
}

function manyMembers(count: number): Request {
  return npz(Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.npy`, Buffer.alloc(1)])), false);
}

export const NPZ_SHAPES: readonly HostileShape[] = [
  posts('npz of 60 MB of zeros', V1, () => zeros(20_000_000)),
  posts('npz of 600 MB', V1, () => zeros(200_000_000), [413]),
  zipped('gzip of npz of 600 MB', V1, () => zeros(200_000_000), [413]),
  posts('npz of 262 144 class names', V1, () => names(262_144), [422, 413]),
  posts('npz of 50 000 members', V1, () => manyMembers(50_000), [400]),
];
