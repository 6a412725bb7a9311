import { INFER, type Request, V1 } from '../request-formats.ts';
import { compressed, type HostileShape, inference, json, posts, repeated, SWEEP, ZSTD } from './hostile-shape.ts';
import { zeros } from './number-shapes.ts';

// Bodies that inflate to a thousand times their size and more.

const GIBIBYTE = 2 ** 30;

function spaces(path: string, type: string): Request {
  return { path, type, headers: {}, body: repeated(' ', GIBIBYTE) };
}

const BINARY = 'application/octet-stream';
const TOO_LARGE = [413];

const zstdShapes: readonly HostileShape[] = [
  posts('zstd of 1 GiB', V1, () => compressed(spaces(V1, BINARY), 'zstd'), [400, ...TOO_LARGE]),
  posts('zstd of 0,0,0,… of 64 MB', V1, () => compressed(zeros(32_000_000), 'zstd'), [200]),
];

export const COMPRESSION_SHAPES: readonly HostileShape[] = [
  posts('gzip of 1 GiB of JSON', V1, () => compressed(spaces(V1, 'application/json')), TOO_LARGE),
  posts('deflate of 1 GiB of JSON', SWEEP, () => compressed(spaces(SWEEP, 'application/json'), 'deflate'), TOO_LARGE),
  posts('gzip of 1 GiB for Open Inference', INFER, () => compressed(spaces(INFER, BINARY)), TOO_LARGE),
  posts('gzip of 1 GiB of safetensors', V1, () => compressed(spaces(V1, BINARY)), [400, ...TOO_LARGE]),
  posts('60 MB of white space', V1, () => compressed(json(repeated(' ', 60_000_000))), [400]),
  posts('60 MB that are no JSON', INFER, () => compressed(inference(repeated('x', 60_000_000))), [400]),
  ...(ZSTD ? zstdShapes : []),
];
