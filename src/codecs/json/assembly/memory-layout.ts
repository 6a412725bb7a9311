// Addresses in the module's memory, which never grows. Tensors and texts go through it in blocks that stay in the
// processor's first cache. The host gets the addresses from the exports.

/** A block of text: 16 KiB to be read, or 1024 numbers with all their brackets; and a margin for vector access behind it. */
export const TEXT: usize = memory.data(32768 + 64, 16);

/** The numbers of a block; 16 KiB of text may hold one in every two bytes. */
export const VALUES: usize = memory.data(65536 + 16, 16);

/** How far a tensor has been read or written. The host sees it as 32-bit words. */
@unmanaged
export class Progress {
  rank: u32;
  size0: u32;
  size1: u32;
  size2: u32;
  size3: u32;
  size4: u32;
  /** How many items the current row of each axis has so far. */
  items0: u32;
  items1: u32;
  items2: u32;
  items3: u32;
  items4: u32;
  /** Reading: axes that are open. Writing: axes that open before the next number. */
  depth: u32;
  /** Reading: the last block ended between a number and the comma or bracket behind it. */
  afterNumber: u32;
  /** Reading: how many numbers the last block had, and how many of its bytes need not be read again. */
  found: u32;
  consumed: u32;
  /** Counting: arrays that are open. */
  unclosed: u32;
  /** Reading a part of a text: axes whose open row began before it. */
  headDepth: u32;
  /** How many items that row has in this part, once it has closed. */
  head0: u32;
  head1: u32;
  head2: u32;
  head3: u32;
  head4: u32;
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

@inline
export function setHead(axis: u32, items: u32): void {
  store<u32>(PROGRESS + (usize(axis) << 2), items, offsetof<Progress>('head0'));
}
