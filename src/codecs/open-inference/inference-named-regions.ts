import { unpooled } from '../../core/allocator.ts';
import type { NamedRegions } from '../codec.ts';
import { isFloat } from '../dtype.ts';
import { parseJson } from '../json/parse-json.ts';
import { isPredictions } from '../prediction-names.ts';
import { DATATYPES, type Datatype } from './inference-datatype.ts';
import { recentRequests } from './recent-requests.ts';

const PARAMETER = Buffer.from('"shared_memory_region"');
const SIZE = Buffer.from('"shared_memory_byte_size"');
/** With escape sequences, the same name has many spellings. */
const ESCAPE = Buffer.from('\\');

/** No request has more: what a size claims beyond that is wrong. */
const MAX_BYTES = 2 ** 36;

interface Tensor {
  readonly name: string;
  readonly datatype?: unknown;
  readonly parameters?:
    | {
        readonly shared_memory_region?: unknown;
        readonly shared_memory_byte_size?: unknown;
      }
    | null
    | undefined;
}

interface NamedTensors {
  readonly inputs: readonly Tensor[];
  readonly outputs?: readonly Tensor[] | null | undefined;
}

/**
 * The regions of shared memory that a request's JSON names, and how many bytes in them `read` copies and checks: those of all
 * inputs but predictions that are floats. `read` reports what is wrong with the JSON, which is short.
 */
export function namedRegions(json: Uint8Array): NamedRegions {
  const recent = recentRequests.find(json);
  if (recent) return regionsOf(recent.request);
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  if (![PARAMETER, SIZE, ESCAPE].some((part) => text.includes(part))) return { names: [], bytesToCheck: 0 };
  try {
    return regionsOf(parseJson(text, unpooled) as NamedTensors);
  } catch {
    return { names: undefined, bytesToCheck: 0 };
  }
}

function regionsOf({ inputs, outputs }: NamedTensors): NamedRegions {
  const names = [...inputs, ...(outputs ?? [])].flatMap(({ parameters }) => parameters?.shared_memory_region ?? []);
  const bytesToCheck = inputs.reduce(
    (total, { name, datatype, parameters }) =>
      total + (isPredictions(name) && isFloatDatatype(datatype) ? 0 : byteSize(parameters)),
    0,
  );
  return { names: names.filter((name) => typeof name === 'string'), bytesToCheck };
}

function isFloatDatatype(datatype: unknown): boolean {
  return typeof datatype === 'string' && Object.hasOwn(DATATYPES, datatype) && isFloat(DATATYPES[datatype as Datatype]);
}

function byteSize(parameters: Tensor['parameters']): number {
  const size = parameters?.shared_memory_byte_size;
  return typeof size === 'number' ? Math.min(Math.max(size, 0), MAX_BYTES) : 0;
}
