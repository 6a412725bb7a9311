import type { Options } from '../batch-files/batch-file.ts';

/** Longer values are left to the user, who has them in the file. */
const MAX_LENGTH = 400;
const LINE = 88;

/**
 * Writes a call of Python with keyword arguments, on one line if it fits.
 *
 * @param first arguments in front, as Python
 */
export function pythonCall(callee: string, first: readonly string[], options: Options): string {
  const entries = Object.entries(options).map(([name, value]) => {
    const text = pythonLiteral(value);
    return text.length > MAX_LENGTH ? `${name}=${name}` : `${name}=${text}`;
  });
  const all = [...first, ...entries];
  const line = `${callee}(${all.join(', ')})`;
  return line.length <= LINE ? line : `${callee}(\n${all.map((one) => `    ${one},\n`).join('')})`;
}

/** What a program has to set before its calls: the options that are too long for it. */
export function longOptions(options: Options): string[] {
  const names = Object.keys(options).filter((name) => pythonLiteral(options[name]).length > MAX_LENGTH);
  return names.map((name) => `${name} = ...  # as in your file, where it is too long for this program`);
}

/** A value of JSON as Python. */
function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`);
  return `{${items.join(', ')}}`;
}
