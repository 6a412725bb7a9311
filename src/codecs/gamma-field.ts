import { describeValue } from '../core/validation-issues.ts';
import type { GammaChoice } from '../loss/class-options.ts';
import { SIDES } from '../loss/class-sums.ts';
import { isRawTensor } from './raw-tensor.ts';
import { readClassOption, type TensorContext } from './tensor-fields.ts';

const FORM = '{"positive": …, "negative": …}';

/** Reads a gamma: a number, one per class, or either for each side. */
export function readGamma(value: unknown, context: TensorContext): GammaChoice | undefined {
  const { issues } = context;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawTensor(value)) {
    return readClassOption(value, 'gamma', context);
  }
  const sides = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(sides).find((name) => name !== 'positive' && name !== 'negative');
  const missing = SIDES.find((side) => !Object.hasOwn(sides, side) || sides[side] === null);
  if (unknown !== undefined || missing !== undefined) {
    const got = unknown === undefined ? `no "${missing}"` : describeValue(unknown);
    issues.add(() => ({
      pointer: '/gamma',
      message: `expected a number, one number per class, or either for each side, ${FORM}; got ${got}`,
    }));
    return undefined;
  }
  const positive = readClassOption(sides.positive, 'gamma/positive', context);
  const negative = readClassOption(sides.negative, 'gamma/negative', context);
  return positive === undefined || negative === undefined ? undefined : { positive, negative };
}
