import { AT_EDGE, BIN_FIELDS, BINS, type BinField, SUMS_OF_BINS } from '../../../loss/difficulty.ts';
import { elementCount, type Layout } from '../../../loss/tensor.ts';
import type { DeviceBatch } from './device-batch.ts';
import type { Elements } from './elements.ts';
import type { Float64, Float64Tensor, Mask } from './float64.ts';

/**
 * Sums per bin, side and field, `[20, 2, 4]` in one row. They are computed as a matrix product, of the bins that elements
 * are in and the values that they add: scattered additions on a GPU have no fixed order.
 */
export function sumsOfBins(f: Float64, batch: DeviceBatch, elements: Elements, layout: Layout): Float64Tensor {
  const { term } = elements;
  const { crossEntropy, pt } = elements.breakdown!;
  const count = elementCount(layout);
  const bins = f.upload(
    Float64Array.from({ length: BINS }, (_, bin) => bin),
    [1, BINS],
  );
  const isInBin = f.scope(() => {
    const bin = f.min(f.floor(f.add(f.mul(pt, BINS), AT_EDGE)), BINS - 1);
    return f.toFloat64(f.equal(f.reshape(bin, [count, 1]), bins));
  });
  const side = (isPositive: Mask): Float64Tensor[] => {
    const members = f.both(batch.active, isPositive);
    const fields: { readonly [field in BinField]: Float64Tensor } = {
      count: f.toFloat64(members),
      cross_entropy: f.select(members, crossEntropy, 0),
      loss: f.select(members, term.loss, 0),
      gradient_l1: f.select(members, f.abs(term.gradient!), 0),
    };
    return BIN_FIELDS.map((field) => fields[field]);
  };
  const added = f.scope(() => {
    const fields = [...side(batch.isPositive), ...side(batch.isNegative)];
    return f.reshape(f.stack(fields), [count, fields.length]);
  });
  return f.reshape(f.crossProduct(isInBin, added), [SUMS_OF_BINS]);
}
