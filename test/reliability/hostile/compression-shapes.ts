import { INFER, type Request, V1 } from '../request-formats.ts';
import {
  compressed,
  type HostileShape,
  inference,
  json,
  posts,
  repeated,
  SWEEP,
  ZSTD,
  zipped,
} from './hostile-shape.ts';
import { zeros } from './number-shapes.ts';

// Bodies that inflate to a thousand times their size and more.

/** More than the largest JSON body, and more than the whole budget. */
const JSON_BYTES = 100 * 2 ** 20;
const BINARY_BYTES = 600 * 2 ** 20;
const TOO_LARGE = [413];

/** Spaces: the start of no tensor file, and of any JSON. */
function jsonBomb(path: string): Request {
  return { path, type: 'application/json', headers: {}, body: repeated(' ', JSON_BYTES) };
}

function binaryBomb(): Request {
  return { path: V1, type: 'application/octet-stream', headers: {}, body: repeated(' ', BINARY_BYTES) };
}

/** The service accepts it on fewer versions of Node than have it. */
const zstdShapes: readonly HostileShape[] = [
  posts('zstd of 600 MiB', V1, () => compressed(binaryBomb(), 'zstd'), [413, 415]),
  posts('zstd of 0,0,0,… of 64 MB', V1, () => compressed(zeros(32_000_000), 'zstd'), [200, 413, 415]),
];

export const COMPRESSION_SHAPES: readonly HostileShape[] = [
  zipped('gzip of 100 MiB of JSON', V1, () => jsonBomb(V1), TOO_LARGE),
  posts('deflate of 100 MiB of JSON', SWEEP, () => compressed(jsonBomb(SWEEP), 'deflate'), TOO_LARGE),
  zipped('gzip of 100 MiB for Open Inference', INFER, () => jsonBomb(INFER), TOO_LARGE),
  zipped('gzip of 600 MiB of safetensors', V1, binaryBomb, TOO_LARGE),
  zipped('60 MB of white space', V1, () => json(repeated(' ', 60_000_000)), [400]),
  zipped('60 MB that are no JSON', INFER, () => inference(repeated('x', 60_000_000)), [400, 413]),
  ...(ZSTD ? zstdShapes : []),
];
