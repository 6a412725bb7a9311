import { BlockList, isIPv6, type Socket } from 'node:net';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from '../../config.ts';
import { zstd } from '../../core/zstd.ts';
import { acceptedEncoding, type ResponseEncoding } from '../accepted-encoding.ts';

/** Less than this fits into the packets that TCP sends before it waits for the client: compression would save no time. */
export const MIN_COMPRESSED_BYTES = 16_384;
/**
 * Compressions at one time; further responses are sent as they are. Each takes up to 1.3 MiB outside the budget, for
 * as long as its client takes to read the response.
 */
const MAX_COMPRESSIONS = 32;
/** Without files of tensors: gradients in float32 hardly become smaller (docs/reference/compression.md). */
const COMPRESSED_TYPES = /^(?:text\/|application\/(?:json|yaml)\b)/;
/** The event loop does other work between two pieces. */
const PIECE_BYTES = 65_536;
const LEVEL = 1;

/** Whether a header may exclude a coding, perhaps `identity`. */
const ANY_EXCLUDED = /q=0/i;

/** Best first. */
const OFFERED: readonly ResponseEncoding[] = zstd ? ['zstd', 'gzip'] : ['gzip'];

/** Compresses responses, in the threads of libuv's pool, if their clients accept that. */
export function registerResponseCompression(
  app: FastifyInstance,
  { responseCompression }: Pick<Config, 'responseCompression'>,
  maxCompressions = MAX_COMPRESSIONS,
): void {
  if (responseCompression === 'never') return;
  let compressions = 0;
  app.addHook<unknown>('onSend', (request, reply, payload, done) => {
    // What is sent as a stream is a file of the explorer or the documentation, whose ETag is that of the file as it is.
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return done();
    const header = request.headers['accept-encoding'];
    const worthwhile = isLarge(reply, payload) && (responseCompression === 'always' || !isLocal(request.raw.socket));
    if (!worthwhile && !ANY_EXCLUDED.test(header ?? '')) return done();
    const { encoding, identityExcluded } = acceptedEncoding(header, OFFERED);
    if (worthwhile) reply.header('vary', 'Accept-Encoding');
    // A client that excludes everything on offer gets the response as it is: servers may disregard the header (RFC 9110,
    // section 12.1).
    if (!encoding || !(worthwhile || identityExcluded) || compressions >= maxCompressions) return done();

    reply.header('vary', 'Accept-Encoding').header('content-encoding', encoding).removeHeader('content-length');
    if (request.method === 'HEAD') return done(null, Readable.from([]));
    const compressor = createCompressor(encoding, Buffer.byteLength(payload));
    compressions += 1;
    compressor.once('close', () => {
      compressions -= 1;
    });
    // Fastify destroys the compressor if the client disconnects, and the connection if the compressor fails.
    pipeline(Readable.from(pieces(payload)), compressor, () => {});
    done(null, compressor);
  });
}

function isLarge(reply: FastifyReply, payload: string | Buffer): boolean {
  return (
    Buffer.byteLength(payload) >= MIN_COMPRESSED_BYTES && COMPRESSED_TYPES.test(String(reply.getHeader('content-type')))
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether the client is on this machine: by loopback, its own address, or a Unix socket, which has none. */
function isLocal({ remoteAddress, localAddress }: Socket): boolean {
  if (remoteAddress === undefined || remoteAddress === localAddress) return true;
  return LOOPBACK.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4');
}

/** @param bytes how much it will compress */
function createCompressor(encoding: ResponseEncoding, bytes: number): Transform {
  if (encoding === 'gzip' || !zstd) return createGzip({ level: LEVEL, chunkSize: PIECE_BYTES });
  const params = { [zstd.constants.ZSTD_c_compressionLevel]: LEVEL };
  return zstd.createZstdCompress({ params, chunkSize: PIECE_BYTES, pledgedSrcSize: bytes });
}

/**
 * Copies, because a thread may still read the last one when the client has disconnected and the buffers of its request
 * have gone to another.
 */
function* pieces(payload: string | Buffer): Iterable<Buffer> {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    yield Buffer.from(bytes.subarray(start, start + PIECE_BYTES));
  }
}
