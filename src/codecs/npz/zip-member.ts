/** A member of an archive, whose data has not been looked at. */
export interface ZipMember {
  readonly name: string;
  /** As they are in the archive. */
  readonly bytes: Uint8Array;
  readonly isDeflated: boolean;
  /** How many bytes it has, inflated. */
  readonly size: number;
  /** Of these. */
  readonly crc32: number;
}

/** What the directory says of a member. */
export interface DirectoryEntry {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly size: number;
  readonly packedSize: number;
  /** Where its local header begins. */
  readonly offset: number;
}

// The methods of compression that numpy uses.
export const STORED = 0;
export const DEFLATED = 8;
