import type { Codec, DecodedRequest, EncodedResponse } from '../../../src/codecs/codec.ts';
import { jsonCodec } from '../../../src/codecs/json/json-codec.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { emptyEvaluation } from '../../../src/loss/evaluation.ts';
import { evaluateReference } from '../../../src/loss/reference.ts';
import type { Json } from '../service.ts';

/**
 * What the service responds to a request in JSON, computed by the reference in this thread: without server and engine it
 * takes a hundredth of the time.
 *
 * @throws {ServiceError} instead of the problem that the service would send
 */
export function respondInJson(body: object): Json {
  return JSON.parse(Buffer.from(respondIn(jsonCodec, Buffer.from(JSON.stringify(body))).bytes).toString());
}

/** The same in any format. Arrays are float32. */
export function respondIn<Request extends DecodedRequest>(
  codec: Codec<Request>,
  bytes: Uint8Array,
  jsonBytes = bytes.length,
): EncodedResponse {
  const request = codec.read({ bytes, jsonBytes }, unpooled);
  const plan = codec.planResponse(request, unpooled);
  const { arrays, ...totals } = evaluateReference(
    request.batch,
    emptyEvaluation(request.batch, (length) => new Float64Array(length)),
  );
  for (const [output, values] of Object.entries(arrays)) plan.arrays[output as keyof typeof arrays]!.set(values);
  const metadata = { engine: { name: 'reference', device: 'CPU' }, durations: { queue: 0, decode: 0, compute: 0 } };
  return codec.writeResponse({ request, plan, totals, metadata });
}
