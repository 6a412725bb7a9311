// Where things lie in the module's memory, which never grows. Tensors and texts go through it in blocks that stay in the
// processor's first cache. The host finds the places among the exports.

/** A block of text: 16 KiB to be read, or what 1024 numbers take with all their brackets; and room behind it. */
export const TEXT: usize = memory.data(32768 + 64, 16);

/** The numbers of a block; a text of 16 KiB may hold one in every two bytes. */
export const VALUES: usize = memory.data(65536 + 16, 16);

/** Where a tensor that is being read or written has got to. The host sees it as 32-bit words. */
@unmanaged
export class Progress {
  rank: u32;
  size0: u32;
  size1: u32;
  size2: u32;
  size3: u32;
  size4: u32;
  /** How many items there were so far on each axis. */
  items0: u32;
  items1: u32;
  items2: u32;
  items3: u32;
  items4: u32;
  /** Reading: axes that are open. Writing: axes that open before the next number. */
  depth: u32;
  /** Reading: a number is behind us, what follows it is not. */
  afterNumber: u32;
  /** Reading: numbers that were found in the last block, and bytes of it that are done with. */
  found: u32;
  consumed: u32;
}

export const PROGRESS: usize = memory.data(offsetof<Progress>(), 16);

@inline
export function sizeOf(axis: u32): u32 {
  return load<u32>(PROGRESS + (usize(axis) << 2), offsetof<Progress>('size0'));
}

@inline
export function setSize(axis: u32, size: u32): void {
  store<u32>(PROGRESS + (usize(axis) << 2), size, offsetof<Progress>('size0'));
}

@inline
export function itemsOf(axis: u32): u32 {
  return load<u32>(PROGRESS + (usize(axis) << 2), offsetof<Progress>('items0'));
}

@inline
export function setItems(axis: u32, items: u32): void {
  store<u32>(PROGRESS + (usize(axis) << 2), items, offsetof<Progress>('items0'));
}
