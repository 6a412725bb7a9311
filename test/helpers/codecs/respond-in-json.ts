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
  const bytes = Buffer.from(JSON.stringify(body));
  const request = jsonCodec.read({ bytes, jsonBytes: bytes.length }, unpooled);
  const plan = jsonCodec.planResponse(request, unpooled);
  const { arrays, ...totals } = evaluateReference(
    request.batch,
    emptyEvaluation(request.batch, (length) => new Float64Array(length)),
  );
  for (const [output, values] of Object.entries(arrays)) {
    plan.arrays[output as keyof typeof arrays]!.set(values);
  }
  const metadata = { engine: { name: 'reference', device: 'CPU' }, durations: { queue: 0, decode: 0, compute: 0 } };
  const { bytes: response } = jsonCodec.writeResponse({ request, plan, totals, metadata });
  return JSON.parse(Buffer.from(response).toString());
}
