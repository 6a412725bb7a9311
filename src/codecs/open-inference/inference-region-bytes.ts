import { unpooled } from '../../core/allocator.ts';
import { parseJson } from '../json/parse-json.ts';
import { isPredictions } from '../prediction-names.ts';

const PARAMETER = Buffer.from('"shared_memory_byte_size"');
/** With escape sequences, the same name has many spellings. */
const ESCAPE = Buffer.from('\\');

/** No request has more: what a size claims beyond that is wrong. */
const MAX_BYTES = 2 ** 36;

/**
 * How many bytes in regions of shared memory a request's JSON has `read` copy and check: those of all inputs but predictions. What
 * is wrong with the JSON, which is short, `read` says.
 */
export function regionBytesToCheck(json: Uint8Array): number {
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  if (!text.includes(PARAMETER) && !text.includes(ESCAPE)) return 0;
  try {
    const { inputs } = parseJson(text, unpooled) as { inputs: { name: string; parameters?: object }[] };
    return inputs.reduce((total, { name, parameters }) => total + (isPredictions(name) ? 0 : byteSize(parameters)), 0);
  } catch {
    return 0;
  }
}

function byteSize(parameters: { shared_memory_byte_size?: unknown } | null | undefined): number {
  const size = parameters?.shared_memory_byte_size;
  return typeof size === 'number' ? Math.min(Math.max(size, 0), MAX_BYTES) : 0;
}
