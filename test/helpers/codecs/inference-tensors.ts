import fc from 'fast-check';
import { DATATYPES, type Datatype, isBinaryOnly } from '../../../src/codecs/open-inference/inference-datatype.ts';
import { product } from '../../../src/loss/tensor.ts';
import type { GivenTensor } from '../inference-body.ts';

// Tensors of every datatype and shape, for property tests.

const integers: Partial<Record<Datatype, [number, number]>> = {
  BOOL: [0, 1],
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  // As bits.
  FP16: [0, 2 ** 16 - 1],
  BF16: [0, 2 ** 16 - 1],
};

/** @returns numbers that the datatype holds exactly */
function numberOf(datatype: Datatype): fc.Arbitrary<number> {
  const range = integers[datatype];
  if (range) return fc.integer({ min: range[0], max: range[1] });
  const floats = { noNaN: true, noDefaultInfinity: true };
  return datatype === 'FP32' ? fc.float(floats) : fc.double(floats);
}

export const tensor: fc.Arbitrary<GivenTensor> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(DATATYPES) as Datatype[])),
    fc.array(fc.nat(4), { maxLength: 5 }),
    fc.boolean(),
  )
  .chain(([datatype, shape, binary]) => {
    const length = product(shape);
    return fc
      .array(numberOf(datatype), { minLength: length, maxLength: length })
      .map((values) => ({ datatype, shape, values, binary: binary || isBinaryOnly(datatype) }));
  });
