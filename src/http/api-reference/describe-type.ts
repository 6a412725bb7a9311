import { formsOf, isNull, referenceOf, type Schema } from './openapi-document.ts';

/**
 * What a value is, in words: "number in [0, 1)", "integer ≥ 0 or array of integers". Enumerated values are not listed.
 *
 * @param nameOf what to call a component
 */
export function describeType(schema: Schema, nameOf: (component: string) => string): string {
  const reference = referenceOf(schema);
  if (reference !== undefined) return nameOf(reference);
  const forms = formsOf(schema);
  if (forms.length > 0) return [...new Set(forms.map((form) => describeForm(form, nameOf)))].join(' or ');
  const types = [schema.type ?? (schema.enum ? 'string' : 'any value')].flat();
  return types.map((type) => describeOne(type, schema, nameOf)).join(' or ');
}

/** One of several forms: an enumeration by its values, which would otherwise seem to be those of all forms. */
function describeForm(form: Schema, nameOf: (component: string) => string): string {
  const values = form.enum ?? (form.const === undefined ? [] : [form.const]);
  return values.length > 0 ? values.map((value) => JSON.stringify(value)).join(', ') : describeType(form, nameOf);
}

/** The values of which a field, or each item of a list, has one; without null. */
export function valuesOf({ enum: values, type, items }: Schema): readonly unknown[] {
  const ofItems = type === 'array' ? items?.enum : undefined;
  return (values ?? ofItems ?? []).filter((value) => value !== null);
}

/** The schema without the form of null. */
export function withoutNull(schema: Schema): Schema {
  const { anyOf, ...rest } = schema;
  const forms = anyOf?.filter((form) => !isNull(form)) ?? [];
  if (forms.length === 1) return { ...forms[0], ...rest };
  if (forms.length > 1) return { ...rest, anyOf: forms };
  const { type } = rest;
  return { ...rest, ...(Array.isArray(type) && { type: type.filter((each) => each !== 'null') }) };
}

function describeOne(type: string, schema: Schema, nameOf: (component: string) => string): string {
  switch (type) {
    case 'number':
    case 'integer':
      return `${type}${describeRange(schema)}`;
    case 'array': {
      const items = schema.items && !schema.items.enum ? describeType(schema.items, nameOf) : 'value';
      return `array of ${/ or /.test(items) ? `(${items})` : plural(items)}${describeLength(schema)}`;
    }
    case 'string':
      if (schema.format === 'binary') return 'binary file';
      return schema.maxLength === undefined ? 'string' : `string of at most ${schema.maxLength} characters`;
    default:
      return type;
  }
}

function plural(text: string): string {
  return text.replace(/^(?:number|integer|string|object|boolean|array|value)\b/, '$&s');
}

function describeRange({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const lower = minimum ?? exclusiveMinimum;
  const upper = maximum ?? exclusiveMaximum;
  if (lower === undefined && upper === undefined) return '';
  if (upper === undefined) return ` ${minimum === undefined ? '>' : '≥'} ${lower}`;
  if (lower === undefined) return ` ${maximum === undefined ? '<' : '≤'} ${upper}`;
  return ` in ${minimum === undefined ? '(' : '['}${lower}, ${upper}${maximum === undefined ? ')' : ']'}`;
}

function describeLength({ minItems = 0, maxItems }: Schema): string {
  if (maxItems === undefined) return minItems > 1 ? `, ${minItems} or more` : '';
  if (minItems === maxItems) return `, ${maxItems} of them`;
  return `, ${minItems} to ${maxItems} of them`;
}
