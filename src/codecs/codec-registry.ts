import type { Codec, DecodedRequest, FieldCodec } from './codec.ts';
import { jsonCodec } from './json/json-codec.ts';
import { npzCodec } from './npz/npz-codec.ts';
import { octetStreamCodec } from './octet-stream-codec.ts';
import { openInferenceCodec } from './open-inference/open-inference-codec.ts';
import { safetensorsCodec } from './safetensors/safetensors-codec.ts';
import { sweepCodec } from './sweep/sweep-codec.ts';

const FIELD_CODECS: readonly FieldCodec[] = [jsonCodec, safetensorsCodec, npzCodec, octetStreamCodec];

const CODECS = new Map<string, Codec<DecodedRequest>>(
  [...FIELD_CODECS, ...FIELD_CODECS.map(sweepCodec), openInferenceCodec].map((codec) => [codec.name, codec]),
);

/** The codec of that name; its requests are those that it has read itself. */
export function findCodec(name: string): Codec<DecodedRequest> {
  const codec = CODECS.get(name);
  if (codec === undefined) throw new Error(`expected one of the codecs ${[...CODECS.keys()].join(', ')}, got ${name}`);
  return codec;
}
