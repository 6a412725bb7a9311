/** A JSON schema. */
export type Schema = Readonly<Record<string, unknown>>;

/** Limits that say no more than the number's format does. */
const INT32 = [-(2 ** 31), 2 ** 31 - 1];
const INT64 = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
const MAX_FLOAT32 = 2 ** 128 - 2 ** 104;
const OF_FORMATS: readonly unknown[] = [...INT32, ...INT64, -MAX_FLOAT32, MAX_FLOAT32];
const MIN_NORMAL_FLOAT32 = 2 ** -126;

/** The keywords of one type, with format and limits of a number as OpenAPI 3.0 has them, rounded to what people read. */
export function limits30(schema: Schema, type: string | undefined): Schema {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  const lower = minimum ?? exclusiveMinimum;
  const upper = maximum ?? exclusiveMaximum;
  const isPositive = lower === MIN_NORMAL_FLOAT32;
  const format = formatOf(type, maximum);
  return {
    ...rest,
    ...(format && { format }),
    ...(lower !== undefined && !OF_FORMATS.includes(lower) && { minimum: isPositive ? 0 : lower }),
    ...(upper !== undefined && !OF_FORMATS.includes(upper) && { maximum: upper }),
    ...((isPositive || exclusiveMinimum !== undefined) && { exclusiveMinimum: true }),
    ...(exclusiveMaximum !== undefined && { exclusiveMaximum: true }),
  };
}

/** Without a format, a number would be a float32 in Go. */
function formatOf(type: string | undefined, maximum: unknown): string | undefined {
  if (type === 'number') return 'double';
  if (type !== 'integer') return undefined;
  return INT32.includes(maximum as number) ? 'int32' : 'int64';
}
