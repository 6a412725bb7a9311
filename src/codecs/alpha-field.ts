import { describeValue, type ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaScheme, alphaSchemeSchema } from '../loss/alpha-scheme.ts';
import { type AlphaChoice, OFF } from '../loss/resolve-alpha.ts';
import { numberTextCure } from './number-text-cure.ts';
import { isRawTensor } from './raw-tensor.ts';
import { addSchemaIssues } from './schema-issues.ts';
import { readClassOption, type TensorContext } from './tensor-fields.ts';
import { withoutNulls } from './without-nulls.ts';

const FORMS = `"${OFF}" or null, a number, one number per class, or a scheme such as {"balanced": true}`;

/** What is meant by a text or truth value that no alpha is, if that is known. */
function cureFor(text: string): string {
  if (text === 'balanced') return '; write {"balanced": true}';
  if (text === 'effective_number') return '; write {"effective_number": {"beta": 0.999}}';
  return /^(?:off|none|false|disabled)$/i.test(text) ? `; write "${OFF}"` : numberTextCure(text);
}

/**
 * Reads an alpha: a number, one per class, null or "off", or a scheme.
 *
 * @param place where in the request it is, for the issues
 */
export function readAlpha(value: unknown, place: string, context: TensorContext): AlphaChoice | undefined {
  if (value === null || value === OFF) return null;
  if (typeof value === 'string' || typeof value === 'boolean') {
    context.issues.add(() => ({
      pointer: `/${place}`,
      message: `expected ${FORMS}, got ${describeValue(value)}${cureFor(`${value}`)}`,
    }));
    return undefined;
  }
  if (typeof value === 'object' && !Array.isArray(value) && !isRawTensor(value)) {
    return readScheme(value, `/${place}`, context.issues);
  }
  return readClassOption(value, place, context);
}

const SCHEMES = Object.keys(alphaSchemeSchema.shape);
const FIELDS = [...SCHEMES, ...Object.keys(alphaSchemeSchema.shape.effective_number.unwrap().shape)];
const NULLABLE: ReadonlySet<string> = new Set(FIELDS.filter((name) => name !== 'beta'));

function withoutSchemeNulls(value: object): object {
  const scheme = withoutNulls(value, NULLABLE) as { effective_number?: unknown };
  if (scheme.effective_number === undefined) return scheme;
  return { ...scheme, effective_number: withoutNulls(scheme.effective_number, NULLABLE) };
}

function readScheme(value: object, pointer: string, issues: ValidationIssues): AlphaScheme | undefined {
  const parsed = alphaSchemeSchema.safeParse(withoutSchemeNulls(value), { reportInput: true });
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
