import type { Schema } from './readable-limits.ts';

/** The keywords of one type, with format and limits of a number as OpenAPI 3.0 has them. */
export function limits30(schema: Schema, type: string | undefined): Schema {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, format, ...rest } = schema;
  const lower = minimum ?? exclusiveMinimum;
  const upper = maximum ?? exclusiveMaximum;
  const format30 = format ?? defaultFormat(type);
  return {
    ...rest,
    ...(format30 !== undefined && { format: format30 }),
    ...(lower !== undefined && { minimum: lower }),
    ...(upper !== undefined && { maximum: upper }),
    ...(exclusiveMinimum !== undefined && { exclusiveMinimum: true }),
    ...(exclusiveMaximum !== undefined && { exclusiveMaximum: true }),
  };
}

/** Without a format, a number would be a float32 in Go, and an integer one of 32 bits in Java. */
function defaultFormat(type: string | undefined): string | undefined {
  if (type === 'number') return 'double';
  return type === 'integer' ? 'int64' : undefined;
}
