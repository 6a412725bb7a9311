import { limits30 } from './limits-3.0.ts';
import type { Schema } from './readable-limits.ts';

/**
 * A schema of OpenAPI 3.1 in the words of 3.0, as generators of clients can use it:
 *
 * - A value of several types is of any type; its description says which they are.
 * - Null is `nullable`, which OpenAPI 3.0 allows beside a type alone.
 * - Arrays that are nested to any depth have items of any type.
 * - Defaults are in descriptions. As a keyword they make some generators require the field, or send it always.
 */
export function schema30(given: Schema): Schema {
  const { default: value, description, ...schema } = given;
  const sentence = value === undefined ? '' : ` Default: ${JSON.stringify(value)}.`;
  return {
    ...withoutDescription(schema),
    ...((description !== undefined || sentence !== '') && { description: `${description ?? ''}${sentence}`.trim() }),
  };
}

function withoutDescription(schema: Schema): Schema {
  const { anyOf, oneOf, allOf, type, ...rest } = schema;
  if (allOf !== undefined) return { allOf: (allOf as Schema[]).map(schema30) };
  const forms = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  // Those of an object say which of its properties exclude each other.
  if (forms && !('properties' in rest)) return union30(forms);
  if (!Array.isArray(type)) return ofOneType(type as string | undefined, rest);
  const types = type.filter((each) => each !== 'null');
  if (types.length > 1) return {};
  return { ...ofOneType(types[0], rest), ...(types.length < type.length && { nullable: true }) };
}

function union30(forms: readonly Schema[]): Schema {
  const remaining = forms.filter(({ type }) => type !== 'null');
  const [form] = remaining as [Schema];
  if (remaining.length > 1) return {};
  if ('$ref' in form) return { allOf: [form] };
  return { ...schema30(form), ...(remaining.length < forms.length && { nullable: true }) };
}

function ofOneType(type: string | undefined, schema: Schema): Schema {
  const { properties, items, additionalProperties, propertyNames, examples, const: only, enum: all, ...rest } = schema;
  const values = all ?? (only === undefined ? undefined : [only]);
  return {
    ...(type !== undefined && { type }),
    ...limits30(rest, type),
    ...(values !== undefined && { enum: (values as unknown[]).filter((value) => value !== null) }),
    ...(Array.isArray(examples) && { example: examples[0] }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, Schema>).map(([name, each]) => [name, schema30(each)]),
      ),
    }),
    ...(type === 'array' && { items: items30(items as Schema | undefined) }),
    ...(isSchema(additionalProperties) && { additionalProperties: schema30(additionalProperties) }),
  };
}

function items30(items: Schema = {}): Schema {
  const refersToItself = Array.isArray(items.anyOf) && items.anyOf.some((form) => '$ref' in form);
  return refersToItself ? {} : schema30(items);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
