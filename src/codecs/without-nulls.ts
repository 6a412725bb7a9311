/**
 * Leaves out fields that are null: clients that were generated from the OpenAPI document send null for a field that is not set.
 *
 * @param names those whose null stands for nothing
 * @returns the value itself if there is none, or if it is no object
 */
export function withoutNulls<Value>(value: Value, names: ReadonlySet<string>): Value {
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  const isNothing = (name: string) => fields[name] === null && names.has(name);
  if (!Object.keys(fields).some(isNothing)) return value;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !isNothing(name))) as Value;
}
