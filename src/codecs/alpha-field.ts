import type { ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaScheme, alphaSchemeSchema } from '../loss/alpha-scheme.ts';
import type { AlphaChoice } from '../loss/class-options.ts';
import { isRawTensor } from './raw-tensor.ts';
import { addSchemaIssues } from './schema-issues.ts';
import { readClassOption, type TensorContext } from './tensor-fields.ts';

/**
 * Reads an alpha: a number, one per class, null, or a scheme.
 *
 * @param place where in the request it is, for the issues
 */
export function readAlpha(value: unknown, place: string, context: TensorContext): AlphaChoice | undefined {
  if (value === null) return null;
  if (typeof value === 'object' && !Array.isArray(value) && !isRawTensor(value)) {
    return readScheme(value, `/${place}`, context.issues);
  }
  return readClassOption(value, place, context);
}

const SCHEMES = Object.keys(alphaSchemeSchema.shape);
const FIELDS = [...SCHEMES, ...Object.keys(alphaSchemeSchema.shape.effective_number.unwrap().shape)];

function readScheme(value: object, pointer: string, issues: ValidationIssues): AlphaScheme | undefined {
  const parsed = alphaSchemeSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    addSchemaIssues(parsed.error.issues, FIELDS, issues, pointer);
    return undefined;
  }
  const { balanced, effective_number } = parsed.data;
  if ((balanced === undefined) !== (effective_number === undefined)) return parsed.data;
  const got = balanced === undefined ? 'neither' : 'both';
  issues.add(() => ({
    pointer,
    message: `expected exactly one of ${SCHEMES.map((name) => `"${name}"`).join(' and ')}, got ${got}`,
  }));
  return undefined;
}
