import { scaleOf } from '../../../loss/batch.ts';
import { sampleCount } from '../../../loss/tensor.ts';
import type { KernelOptions } from '../../kernel.ts';
import type { Geometry } from './geometry.ts';

const EXTENDED_FLOAT_SIZE = 16;

/** The bytes of `KernelParams` in program.ts: sizes, and numbers that do not depend on the class. */
export function kernelParamsBytes(options: KernelOptions, geometry: Geometry): ArrayBuffer {
  const { layout, labelSmoothing, epsilon, activation, polyEpsilon, margin } = options;
  const marginLogit = margin === 0 ? 0 : Math.log(margin) - Math.log1p(-margin);
  const numbers = [
    scaleOf(options),
    1 - labelSmoothing,
    labelSmoothing / (activation === 'sigmoid' ? 2 : layout.classes),
    epsilon,
    1 - epsilon,
    polyEpsilon,
    ...partsOf(margin),
    1 - margin,
    ...partsOf(marginLogit),
  ];
  const { classLanes, rowLanes, rows, tiles, samplesFirst, lanesOfRow, rowsAtOnce } = geometry;
  const sizes = [
    ...[0, sampleCount(layout), layout.classes, layout.inner],
    ...[classLanes, rowLanes, rows, tiles],
    ...[Number(samplesFirst), lanesOfRow, rowsAtOnce, 0],
  ];
  const bytes = new ArrayBuffer(4 * sizes.length + numbers.length * EXTENDED_FLOAT_SIZE);
  new Uint32Array(bytes).set(sizes);
  numbers.forEach((value, i) => {
    writeExtendedFloat(new DataView(bytes, 4 * sizes.length + i * EXTENDED_FLOAT_SIZE), value);
  });
  return bytes;
}

/** The bytes of `array<ClassOptions>` in wgsl/elements.ts. */
export function classOptionBytes({ layout, gamma, alpha, classWeights }: KernelOptions): ArrayBuffer {
  const fields = [gamma.positive, gamma.negative, alpha.positive, alpha.negative, classWeights];
  const bytes = new ArrayBuffer(layout.classes * fields.length * EXTENDED_FLOAT_SIZE);
  for (let c = 0; c < layout.classes; c++) {
    fields.forEach((field, i) => {
      writeExtendedFloat(new DataView(bytes, (c * fields.length + i) * EXTENDED_FLOAT_SIZE), field[c]!);
    });
  }
  return bytes;
}

/** Writes a number as `ExtendedFloat` of wgsl/extended-float.ts: (x + y) 2^e, |x| in [1, 2), 5 bits less than a float64. */
function writeExtendedFloat(at: DataView, value: number): void {
  if (value === 0) {
    at.setInt32(8, -0x10000000, true);
    return;
  }
  const sign = Math.sign(value);
  let e = Math.floor(Math.log2(Math.abs(value)));
  let x = scaled(Math.abs(value), -e);
  if (x >= 2 || Math.fround(x) === 2) {
    x /= 2;
    e += 1;
  } else if (x < 1) {
    x *= 2;
    e -= 1;
  }
  at.setFloat32(0, sign * x, true);
  at.setFloat32(4, sign * (x - Math.fround(x)), true);
  at.setInt32(8, e, true);
}

/** A number as the sum of two, each of which `ExtendedFloat` holds exactly. */
function partsOf(value: number): [number, number] {
  const high = Math.fround(value);
  return [high, value - high];
}

/** value · 2^k, in two steps: 2^k alone may exceed float64. */
function scaled(value: number, k: number): number {
  const half = Math.trunc(k / 2);
  return value * 2 ** half * 2 ** (k - half);
}
