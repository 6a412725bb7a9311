import { invalidRequest } from '../core/common-errors.ts';
import { describeValue } from '../core/validation-issues.ts';
import { SIDES } from '../loss/class-sums.ts';
import type { GammaChoice } from '../loss/resolve-gamma.ts';
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

/** In formats whose fields are not nested, the γ of each side is a field of its own. */
export const GAMMA_SIDES = SIDES.map((side) => `gamma.${side}`);

/** The field that a tensor or an option of such a format belongs to. */
export function fieldOf(name: string): string {
  return GAMMA_SIDES.includes(name) ? 'gamma' : name;
}

/**
 * Puts the fields `gamma.positive` and `gamma.negative` into `gamma`.
 *
 * @throws {ServiceError} `invalid_request` if one of them is missing, or `gamma` is there too
 */
export function joinGammaSides(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!GAMMA_SIDES.some((name) => name in fields)) return fields;
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => !GAMMA_SIDES.includes(name)));
  const given = GAMMA_SIDES.filter((name) => (fields[name] ?? null) !== null); // Null is one that is not set.
  if (given.length === 0) return rest;
  const [positive, negative] = GAMMA_SIDES;
  const together = `"${positive}" and "${negative}" together`;
  if ((fields.gamma ?? null) !== null) {
    throw invalidRequest({
      pointer: '/gamma',
      message: `expected either it or ${together}, got both "gamma" and "${given[0]}"`,
    });
  }
  if (given.length === 1) {
    throw invalidRequest({ pointer: `/${given[0]}`, message: `expected ${together}, got only this one` });
  }
  return { ...rest, gamma: Object.fromEntries(SIDES.map((side) => [side, fields[`gamma.${side}`]])) };
}
