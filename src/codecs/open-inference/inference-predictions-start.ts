import { unpooled } from '../../core/allocator.ts';
import type { RequestBody } from '../codec.ts';
import { DTYPE_BYTES, isFloat } from '../dtype.ts';
import { parseJson } from '../json/parse-json.ts';
import { isPredictions } from '../prediction-names.ts';
import { MIN_JSON_BYTES } from '../soon-done.ts';
import { DATATYPES } from './inference-datatype.ts';
import { binarySize, isBinary } from './inference-inputs.ts';
import { namesRegion } from './inference-regions.ts';
import { checkEnvelope } from './inference-request.ts';
import { recentRequests } from './recent-requests.ts';

/**
 * Where the predictions begin, if they are the last binary data and can be viewed where they are. Regions of shared memory are held
 * only once all of the body is there.
 *
 * @param body not all of it has arrived
 * @throws {ServiceError} `malformed_body` or `invalid_request`
 */
export function predictionsStart({ bytes, jsonBytes }: RequestBody, arrivedBytes: number): number | undefined {
  if (jsonBytes > arrivedBytes || jsonBytes >= MIN_JSON_BYTES) return undefined;
  const json = bytes.subarray(0, jsonBytes);
  const { inputs, outputs } = recentRequests.find(json)?.request ?? checkEnvelope(parseJson(json, unpooled));
  if ([...inputs, ...(outputs ?? [])].some(({ parameters }) => namesRegion(parameters))) return undefined;
  const end = inputs.reduce((total, input) => total + binarySize(input), jsonBytes);
  const last = inputs.findLast(isBinary);
  if (!last || !isPredictions(last.name) || end !== bytes.length) return undefined;
  const start = end - binarySize(last);
  const dtype = DATATYPES[last.datatype];
  return isFloat(dtype) && (bytes.byteOffset + start) % DTYPE_BYTES[dtype] === 0 ? start : undefined;
}
