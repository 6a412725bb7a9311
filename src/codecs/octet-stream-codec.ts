import type { DecodedRequest, FieldCodec } from './codec.ts';
import { npzCodec } from './npz/npz-codec.ts';
import { isZip, SIGNATURE_BYTES } from './npz/zip-signature.ts';
import { safetensorsCodec } from './safetensors/safetensors-codec.ts';

/** Requests that came as npz files. They are plain data, which keeps this on its way through threads. */
interface OctetRequest extends DecodedRequest {
  readonly isNpz?: boolean;
}

/** A file of either format, which its first bytes tell. The response has that of the request, or is safetensors. */
export const octetStreamCodec: FieldCodec = {
  name: 'octet-stream',
  readFields: (body, allocator) => codecOf(body.bytes).readFields(body, allocator),
  bytesToCheck: (bytes) => codecOf(bytes).bytesToCheck?.(bytes),
  inflatedBytes: (bytes) => codecOf(bytes).inflatedBytes?.(bytes) ?? bytes.length,
  inflate: async (bytes, allocator) => (await codecOf(bytes).inflate?.(bytes, allocator)) ?? new Map(),
  predictionsStart(body, arrivedBytes) {
    if (arrivedBytes < SIGNATURE_BYTES) return undefined; // They may be anything.
    return codecOf(body.bytes).predictionsStart?.(body, arrivedBytes);
  },
  read: (body, allocator): OctetRequest => ({
    ...codecOf(body.bytes).read(body, allocator),
    isNpz: isZip(body.bytes),
  }),
  planResponse: (request, allocator) => responseCodec(request).planResponse(request, allocator),
  writeResponse: (evaluated) => responseCodec(evaluated.request).writeResponse(evaluated),
};

function codecOf(bytes: Uint8Array): FieldCodec {
  return isZip(bytes) ? npzCodec : safetensorsCodec;
}

function responseCodec({ isNpz }: OctetRequest): FieldCodec {
  return isNpz ? npzCodec : safetensorsCodec;
}
