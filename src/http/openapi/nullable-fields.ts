interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly allOf?: readonly object[];
  readonly anyOf?: readonly object[];
  readonly [keyword: string]: unknown;
}
interface ObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const NULL = { type: 'null' };

/**
 * The schema of an object in which null stands for a field that is not set: generated clients send it (codecs/without-nulls.ts).
 *
 * @param either fields of which the object has exactly one
 */
export function nullableFields(schema: object, either: readonly string[]): object {
  const oneOf = either.map((name) => ({
    required: [name],
    properties: Object.fromEntries(either.map((other) => [other, other === name ? { not: NULL } : NULL])),
  }));
  return { ...withNulls(schema as ObjectSchema), oneOf };
}

function withNulls({ properties, required = [], ...rest }: ObjectSchema): JsonSchema {
  const nullable = Object.entries(properties).map(([name, property]) => [
    name,
    required.includes(name) ? property : orNull(property),
  ]);
  return {
    ...rest,
    properties: Object.fromEntries(nullable),
    ...(required.length > 0 && { required }),
  };
}

function orNull(given: JsonSchema): JsonSchema {
  const schema = 'properties' in given ? withNulls(given as ObjectSchema) : given;
  const { type, const: only, enum: values = only === undefined ? undefined : [only], allOf, anyOf, ...rest } = schema;
  if (allOf) return { anyOf: [...allOf, NULL], ...rest };
  if (anyOf)
    return anyOf.some((form) => (form as JsonSchema).type === 'null') ? schema : { ...rest, anyOf: [...anyOf, NULL] };
  return { ...rest, ...(type && { type: [type as string, 'null'] }), ...(values && { enum: [...values, null] }) };
}
