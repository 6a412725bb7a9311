import { DATATYPES, type Datatype } from '../../src/codecs/open-inference/inference-datatype.ts';
import { decoded, encoded } from './tensor-file.ts';

// Bodies of the Open Inference Protocol for tests, made and read without the code that is tested.

export interface InferenceTensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** FP16 and BF16 are written and read as bits; null is NaN in JSON. */
  readonly values: readonly (number | bigint | null)[];
}

export interface GivenTensor extends InferenceTensor {
  readonly values: readonly (number | bigint)[];
  readonly binary: boolean;
}

export interface InferenceBody {
  readonly body: Buffer;
  readonly jsonBytes: number;
}

/** @param rest the other members of the request */
export function inferenceBody(inputs: Readonly<Record<string, GivenTensor>>, rest: object = {}): InferenceBody {
  const data: Buffer[] = [];
  const described = Object.entries(inputs).map(([name, { datatype, shape, values, binary }]) => {
    if (!binary) return { name, datatype, shape, data: values.map(Number) };
    const bytes = encoded(DATATYPES[datatype], values);
    data.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const json = Buffer.from(JSON.stringify({ inputs: described, ...rest }));
  return { body: Buffer.concat([json, ...data]), jsonBytes: json.length };
}

export interface ReadInference {
  // biome-ignore lint/suspicious/noExplicitAny: a response is any JSON that the service sent; tests read its fields.
  readonly head: any;
  readonly outputs: Readonly<Record<string, InferenceTensor & { readonly binary: boolean }>>;
}

/** @param jsonBytes undefined: all of the body is JSON */
export function readInferenceBody(body: Buffer, jsonBytes: number | undefined): ReadInference {
  const head = JSON.parse(body.subarray(0, jsonBytes).toString());
  const outputs: Record<string, ReadInference['outputs'][string]> = {};
  let at = jsonBytes ?? body.length;
  for (const { name, datatype, shape, parameters, data } of head.outputs) {
    const size = parameters?.binary_data_size;
    const binary = size !== undefined;
    if (binary && data !== undefined) throw new Error(`${name} has data in JSON and as bytes`);
    const values = binary ? decoded(DATATYPES[datatype as Datatype], body.subarray(at, at + size)) : data;
    outputs[name] = { datatype, shape, values, binary };
    at += size ?? 0;
  }
  if (at !== body.length) throw new Error(`${body.length - at} bytes more than the outputs have`);
  return { head, outputs };
}
