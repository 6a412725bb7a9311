import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MODEL_METADATA } from '../../../src/codecs/open-inference/inference-model.ts';
import { inferenceResponseSchema } from '../../../src/codecs/open-inference/inference-schema.ts';
import { openInferenceCodec } from '../../../src/codecs/open-inference/open-inference-codec.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { emptyEvaluation } from '../../../src/loss/evaluation.ts';
import { product } from '../../../src/loss/tensor.ts';
import { inferenceBody, readInferenceBody } from '../../helpers/inference-body.ts';

const SEED = 20261123;
const METADATA = {
  engine: { name: 'wasm', device: 'a "device"' },
  durations: { queue: 1, decode: 2, compute: 3 },
};

/** Labels are all 1, so that the balanced α is 0: there is no posterior. */
const NAMES = MODEL_METADATA.outputs.map(({ name }) => name).filter((name) => !/posterior|prior|initial/.test(name));

const request = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
  id: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  names: fc.uniqueArray(fc.constantFrom(...NAMES)),
  binary: fc.array(fc.boolean(), { minLength: NAMES.length, maxLength: NAMES.length }),
  gradients_dtype: fc.constantFrom('F32', 'F16', 'BF16'),
  binary_data_output: fc.boolean(),
});

test('outputs hold the computed numbers, in any mix of JSON and binary data, all of them aligned', () => {
  fc.assert(
    fc.property(
      request,
      fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })),
      ({ shape, id, names, binary, gradients_dtype, binary_data_output }, numbers) => {
        const outputs = names.map((name, i) => ({
          name,
          // FP16 and BF16 have no JSON.
          parameters: { binary_data: binary[i]! || (name === 'gradients' && gradients_dtype !== 'F32') },
        }));
        const tensor = { datatype: 'FP32', shape, values: new Array(product(shape)).fill(1), binary: true } as const;
        const parameters = {
          binary_data_output,
          gradients_dtype: names.length > 0 ? gradients_dtype : 'F32',
          alpha: '{"balanced":true}',
        };
        const { body, jsonBytes } = inferenceBody({ logits: tensor, labels: tensor }, { id, outputs, parameters });
        const inference = openInferenceCodec.read({ bytes: body, jsonBytes }, unpooled);
        const plan = openInferenceCodec.planResponse(inference, unpooled);
        const arrays = Object.values(plan.arrays);
        for (const array of arrays) {
          for (let i = 0; i < array.length; i++) array[i] = numbers.next().value!;
        }
        const totals = emptyEvaluation(inference.batch, (length) => new Float32Array(length));
        const response = openInferenceCodec.writeResponse({ request: inference, plan, totals, metadata: METADATA });
        const { head, outputs: read } = readInferenceBody(Buffer.from(response.bytes), response.jsonBytes);

        inferenceResponseSchema.parse(head);
        assert.equal(head.id, id);
        assert.equal((response.jsonBytes ?? 0) % 8, 0);
        if (names.length > 0) assert.deepEqual(Object.keys(read).sort(), [...names].sort());
        for (const { name, output } of inference.outputs) {
          const { values, binary: asBytes } = read[name]!;
          const wanted =
            outputs.find((explicit) => explicit.name === name)?.parameters.binary_data ?? binary_data_output;
          assert.equal(asBytes, wanted, name);
          if (output !== undefined) {
            const expected = [...plan.arrays[output]!].map((value) => value || 0);
            assert.deepEqual(
              values.map((value) => Math.fround(Number(value)) || 0),
              expected,
            );
          } else if (/share$|mean_pt/.test(name)) {
            for (const value of values) assert.ok(asBytes ? Number.isNaN(value) : value === null);
          }
        }
        for (const array of arrays) assert.equal(array.byteOffset % array.BYTES_PER_ELEMENT, 0);
      },
    ),
    { numRuns: 3000, seed: SEED },
  );
});
