import assert from 'node:assert/strict';
import { test } from 'node:test';
import { npzCodec } from '../../src/codecs/npz/npz-codec.ts';
import { openInferenceCodec } from '../../src/codecs/open-inference/open-inference-codec.ts';
import { safetensorsCodec } from '../../src/codecs/safetensors/safetensors-codec.ts';
import { respondIn, respondInJson } from '../helpers/codecs/respond-in-json.ts';
import { flat } from '../helpers/engine/request-batches.ts';
import { split } from '../helpers/http/request-formats.ts';
import { inferenceBody, readInferenceBody } from '../helpers/inference-body.ts';
import { npzFile, readNpzFile } from '../helpers/npz-file.ts';
import type { Json } from '../helpers/service.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// The same request in each format has the same numbers in its response. Whole codecs, without server and engine.

const LOGITS = [
  [2.25, -1.5, 0.5],
  [-0.75, 3, -2.5],
  [0.125, -0.25, 2],
  [-3, 0.5, 0],
];
const OUTPUTS = ['loss', 'gradients', 'elementwise', 'hessian', 'posterior', 'per_class', 'difficulty', 'calibration'];

const REQUESTS: Readonly<Record<string, Record<string, unknown>>> = {
  'dense labels, with weights of everything': {
    logits: LOGITS,
    labels: [
      [1, 0, 1],
      [0, 1, -100],
      [-100, 1, 0],
      [1, 0, 0],
    ],
    sample_weights: [1, 2, 0.5, 4],
    element_weights: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ],
    class_weights: [1, 2, 0.5],
    gamma: [0, 1.5, 2],
    alpha: [0.25, 0.5, 0.75],
    normalizer: 'positives',
    class_names: ['ship', 'boat', 'buoy'],
    outputs: OUTPUTS,
  },
  'class indices under softmax': {
    logits: LOGITS,
    labels: [0, 2, -1, 1],
    ignore_index: -1,
    activation: 'softmax',
    gamma: 3,
    label_smoothing: 0.1,
    reduction: 'sum',
    outputs: OUTPUTS.filter((output) => output !== 'posterior'),
  },
  'a gamma for each side, and a scheme of alpha': {
    logits: LOGITS,
    labels: [0, 2, 7, 1],
    background_index: 7,
    gamma: { positive: 0, negative: 4 },
    alpha: { balanced: true },
    margin: 0.05,
    reduction: 'none',
    outputs: ['loss', 'gradients', 'per_class'],
  },
};

type Tensors = Readonly<Record<string, { readonly values: readonly (number | bigint | null)[] }>>;

/** Each format's way from a request to the tensors of its response. */
const FORMATS: Readonly<Record<string, (request: Record<string, unknown>) => Tensors>> = {
  safetensors(request) {
    const { tensors, options } = partsOf(request);
    const file = respondIn(safetensorsCodec, tensorFile(tensors, texts(options))).bytes;
    return readTensorFile(Buffer.from(file)).tensors;
  },
  npz(request) {
    const { tensors, options } = partsOf(request);
    return readNpzFile(Buffer.from(respondIn(npzCodec, npzFile(tensors, texts(options))).bytes)).tensors;
  },
  'Open Inference'(request) {
    const { tensors, options } = partsOf(request);
    const inputs = Object.entries(tensors).map(([name, { dtype, shape, values }]) => {
      const datatype = ({ F32: 'FP32', F64: 'FP64', I64: 'INT64' } as const)[dtype as 'F32' | 'F64' | 'I64'];
      return [name, { datatype, shape, values, binary: dtype === 'F32' }] as const;
    });
    const { body, jsonBytes } = inferenceBody(Object.fromEntries(inputs), {
      parameters: { ...texts(options), binary_data_output: true },
    });
    const written = respondIn(openInferenceCodec, body, jsonBytes);
    return readInferenceBody(Buffer.from(written.bytes), written.jsonBytes).outputs;
  },
};

for (const [name, request] of Object.entries(REQUESTS)) {
  const json = respondInJson(request);
  for (const [format, respond] of Object.entries(FORMATS)) {
    test(`${format}: ${name}`, () => {
      const tensors = respond(request);
      for (const array of ['gradients', 'elementwise', 'hessian_diagonal', 'posterior']) {
        if (json[array] === undefined) assert.equal(tensors[array], undefined, array);
        else assert.deepEqual(tensors[array]!.values, flat(json[array]).map(Math.fround), array);
      }
      for (const scalar of ['loss', 'sum', 'denominator']) {
        const values = tensors[scalar]?.values;
        if (values) assert.deepEqual(values, json[scalar] === null ? [Number.NaN] : [json[scalar]], scalar);
      }
      let columns = 0;
      for (const [path, { values }] of Object.entries(tensors)) {
        const [whole, ...fields] = path.split('.');
        if (whole !== 'per_class') continue;
        columns++;
        const expected = json.per_class.map((each: Json) => fields.reduce((value, field) => value[field], each));
        assert.deepEqual(
          values.map((value) => (Number.isNaN(value) ? null : Number(value))),
          expected,
          path,
        );
      }
      assert.ok(columns >= 20, `${columns} columns of the breakdown`);
    });
  }
}

function partsOf({ class_names, ...request }: Record<string, unknown>): ReturnType<typeof split> {
  const { tensors, options } = split(request);
  return { tensors, options: { ...options, ...(class_names !== undefined && { class_names }) } };
}

/** Words as they are, everything else as JSON. */
function texts(options: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
