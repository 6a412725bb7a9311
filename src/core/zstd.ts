import zlib from 'node:zlib';

interface ZstdOptions extends zlib.ZlibOptions {
  readonly params: Readonly<Record<number, number>>;
  /** How many bytes will be compressed: for few of them a small window is enough. */
  readonly pledgedSrcSize?: number;
}

/** What Node has from 22.15 on, and its version 20 and our types do not. */
interface Zstd {
  createZstdCompress(options: ZstdOptions): zlib.Gzip;
  createZstdDecompress(options: ZstdOptions): zlib.Gunzip;
  zstdDecompressSync(bytes: Uint8Array): Buffer;
  readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_d_windowLogMax: number };
}

/** zstd, if this Node has it. */
export const zstd = 'createZstdCompress' in zlib ? (zlib as unknown as Zstd) : undefined;

/** The letter a as a zstd frame, without its last byte. */
const TRUNCATED_FRAME = Buffer.from('28b52ffd2001090000', 'hex');

/**
 * Whether this Node reads zstd correctly. Node 22 takes a truncated body for a whole one, and may skip all frames after
 * the first.
 */
export const READS_ZSTD = zstd !== undefined && rejectsTruncation(zstd);

function rejectsTruncation({ zstdDecompressSync }: Zstd): boolean {
  try {
    zstdDecompressSync(TRUNCATED_FRAME);
    return false;
  } catch {
    return true;
  }
}
