/** A JSON schema. */
export type Schema = Readonly<Record<string, unknown>>;

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;
const MAX_FLOAT32 = 2 ** 128 - 2 ** 104;
/** Limits that say no more than that a number is an integer, or finite as float32. */
const OF_TYPES: readonly unknown[] = [
  ...INT32,
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER,
  -MAX_FLOAT32,
  MAX_FLOAT32,
];
const MIN_NORMAL_FLOAT32 = 2 ** -126;

/** Keywords whose values are data of the caller, and no schemas. */
const DATA = new Set(['default', 'enum', 'const', 'examples', 'required']);

/**
 * A JSON schema with limits as people read them: an integer of 32 bits has a format instead of −2147483648 as its minimum, the
 * largest safe integer is no limit, and what has to be at least the smallest normal float32 is above 0.
 */
export function readableLimits(schema: Schema): Schema {
  const { minimum, maximum, ...rest } = schema;
  const isInt32 = minimum === INT32[0] && maximum === INT32[1];
  const isPositive = minimum === MIN_NORMAL_FLOAT32;
  const entries = Object.entries(rest).map(([key, value]) => [key, DATA.has(key) ? value : withinValue(value)]);
  return {
    ...Object.fromEntries(entries),
    ...(isInt32 && { format: 'int32' }),
    ...(isPositive && { exclusiveMinimum: 0 }),
    ...(isLimit(minimum) && !isPositive && { minimum }),
    ...(isLimit(maximum) && { maximum }),
  };
}

/** @param limit may be a schema, where a field is called `minimum` */
function isLimit(limit: unknown): boolean {
  return limit !== undefined && !OF_TYPES.includes(limit);
}

function withinValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withinValue);
  return typeof value === 'object' && value !== null ? readableLimits(value as Schema) : value;
}
