import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readInference } from '../../../src/codecs/open-inference/inference-request.ts';
import { Allocator, unpooled } from '../../../src/core/allocator.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { tensor } from '../../helpers/codecs/inference-tensors.ts';
import { type GivenTensor, inferenceBody } from '../../helpers/inference-body.ts';

// Any body becomes a batch or a client error, quickly, and in memory in proportion to the body.

const SEED = 20261123;
/** A byte of a label may become a number of 4 bytes, and be copied. */
const BYTES_PER_BYTE = 8;
const FEW_BYTES = 256;
const SLACK_BYTES = 2 ** 20;

interface Case {
  readonly body: Buffer;
  readonly jsonBytes: number | undefined;
}

/** Fails once a body gets more memory than its size allows. */
class LimitedAllocator extends Allocator {
  #allocated = 0;
  readonly #bodyBytes: number;

  constructor(bodyBytes: number) {
    super();
    this.#bodyBytes = bodyBytes;
  }

  bytes(length: number): Uint8Array {
    this.#allocated += length;
    const most = BYTES_PER_BYTE * this.#bodyBytes + FEW_BYTES;
    assert.ok(this.#allocated <= most, `${this.#allocated} bytes for a body of ${this.#bodyBytes}`);
    return unpooled.bytes(length);
  }

  charge(): void {}
}

/** @returns whether it was read */
function reads({ body, jsonBytes }: Case): boolean {
  const allocator = new LimitedAllocator(body.length);
  const start = performance.now();
  const before = process.memoryUsage().arrayBuffers;
  try {
    readInference({ bytes: body, jsonBytes: jsonBytes ?? body.length }, allocator);
    return true;
  } catch (error) {
    assert.ok(error instanceof ServiceError, error instanceof Error ? error.stack : String(error));
    assert.ok(['malformed_body', 'invalid_request'].includes(error.code), error.code);
    return false;
  } finally {
    assert.ok(performance.now() - start < 1000);
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown <= 2 * BYTES_PER_BYTE * body.length + SLACK_BYTES, `${grown} bytes for ${body.length}`);
  }
}

/** Checks that enough of the cases are read and enough are rejected, where both are possible. */
function check(cases: fc.Arbitrary<Case>, numRuns: number, { someRead = true } = {}): void {
  let read = 0;
  fc.assert(
    fc.property(cases, (each) => {
      if (reads(each)) read += 1;
    }),
    { numRuns, seed: SEED },
  );
  assert.ok(read < numRuns * 0.95, `${read} of ${numRuns} read`);
  if (someRead) assert.ok(read > numRuns * 0.02, `${read} of ${numRuns} read`);
}

const REST = {
  id: 'x',
  parameters: { gamma: 1.5, reduction: 'sum', timeout: 1000 },
  outputs: [{ name: 'loss' }, { name: 'gradients', parameters: { binary_data: true } }],
};
const given = (datatype: GivenTensor['datatype'], shape: number[], values: number[], binary: boolean) => ({
  datatype,
  shape,
  values,
  binary,
});
const WHOLE = [true, false].flatMap((binary) => [
  inferenceBody(
    {
      logits: given('FP32', [2, 3], [1, -2, 3.5, 0, 0.25, -7], binary),
      labels: given('INT64', [2], [0, 2], true),
      alpha: given('FP64', [3], [0.1, 0.5, 0.9], !binary),
    },
    REST,
  ),
  inferenceBody({
    probabilities: given('FP64', [4], [0.1, 0.5, 0.9, 1], binary),
    labels: given('BOOL', [4], [0, 1, 1, 0], !binary),
    sample_weights: given('UINT8', [4], [1, 2, 3, 4], binary),
  }),
]);
const whole = fc.constantFrom(...WHOLE);
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

test('bodies that are cut are read or rejected', () => {
  const cut = fc.tuple(whole, place).map(([{ body, jsonBytes }, part]) => ({
    body: body.subarray(0, Math.floor(body.length * part)),
    jsonBytes,
  }));
  check(cut, 3000, { someRead: false });
});

test('bodies with flipped bits, in the JSON or anywhere, are read or rejected', () => {
  const flip = fc.tuple(place, fc.nat(7));
  const flipped = fc
    .tuple(whole, fc.boolean(), fc.array(flip, { minLength: 1, maxLength: 3 }))
    .map(([{ body, jsonBytes }, inJson, flips]) => {
      const changed = Buffer.from(body);
      for (const [part, bit] of flips) changed[Math.floor((inJson ? jsonBytes : body.length) * part)]! ^= 1 << bit;
      return { body: changed, jsonBytes };
    });
  check(flipped, 8000);
});

const length = fc.oneof(
  fc.nat(300),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 - 1, 1e300, -1, -8),
);

test('wrong lengths of the JSON are read or rejected', () => {
  const lying = fc.tuple(whole, fc.oneof(fc.nat(400), fc.maxSafeNat(), fc.constant(undefined)));
  check(
    lying.map(([{ body }, jsonBytes]) => ({ body, jsonBytes })),
    2000,
    { someRead: false },
  );
});

test('wrong shapes and sizes are read or rejected', () => {
  const lying = fc
    .tuple(whole, fc.nat(2), fc.constantFrom('shape', 'size'), fc.array(length, { maxLength: 70 }), place, length)
    .map(([{ body, jsonBytes }, which, what, sizes, part, size]) => {
      const request = JSON.parse(body.subarray(0, jsonBytes).toString());
      const input = request.inputs[which % request.inputs.length];
      if (what === 'size') input.parameters = { binary_data_size: size };
      else if (part < 0.3) input.shape = sizes;
      else input.shape[Math.floor(input.shape.length * part)] = size;
      const json = Buffer.from(JSON.stringify(request));
      return { body: Buffer.concat([json, body.subarray(jsonBytes)]), jsonBytes: json.length };
    });
  check(lying, 5000, { someRead: false });
});

test('tensors of any datatype and shape under the names of inputs are read or rejected', () => {
  const names = fc.uniqueArray(fc.constantFrom('logits', 'probabilities', 'labels', 'alpha', 'sample_weights', 'loss'));
  const any = names
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, tensor]))))
    .map((inputs) => inferenceBody(inputs));
  check(any, 2000, { someRead: false });
});

test('any JSON in place of any member is read or rejected', () => {
  const members = ['id', 'parameters', 'inputs', 'outputs', 'model_name', 'rest', '__proto__'];
  const replaced = fc
    .tuple(
      whole,
      fc.constantFrom(...members),
      fc.constantFrom('name', 'shape', 'datatype', 'parameters', 'data'),
      fc.boolean(),
      fc.jsonValue(),
    )
    .map(([{ body, jsonBytes }, member, field, inInput, value]) => {
      const request = JSON.parse(body.subarray(0, jsonBytes).toString());
      const target = inInput ? request.inputs[0] : request;
      Object.defineProperty(target, inInput ? field : member, { value, enumerable: true });
      const json = Buffer.from(JSON.stringify(request));
      return { body: Buffer.concat([json, body.subarray(jsonBytes)]), jsonBytes: json.length };
    });
  check(replaced, 4000);
});
