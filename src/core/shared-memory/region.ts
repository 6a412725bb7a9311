/** Where a region lies in its file, as a client says. */
export interface RegionPlace {
  readonly key: string;
  /** In bytes. */
  readonly offset: number;
  readonly byteSize: number;
}

/** A registered region. It is plain data: the threads of a process share its file descriptors. */
export interface Region extends RegionPlace {
  readonly name: string;
  readonly fd: number;
  /** Tells files from each other, whatever their regions are called. */
  readonly inode: number;
}

/** The regions that a request may name. */
export type RegionTable = ReadonlyMap<string, Region>;

/** The longest name of a region; that of its file may be as long. */
export const MAX_REGION_NAME_BYTES = 255;

/** How many regions may be registered, with those that are not any more and still in use. */
export const MAX_REGIONS = 256;
