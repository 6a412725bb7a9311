import { closest, distance } from 'fastest-levenshtein';
import type { core } from 'zod';
import { shorten } from '../core/shorten.ts';
import { describeValue, MAX_LISTED_ISSUES, type ValidationIssues } from '../core/validation-issues.ts';
import { nearestValue } from './foreign-values.ts';
import { numberTextCure } from './number-text-cure.ts';

/**
 * Adds zod's issues in this service's words: the expected and the actual value. Unknown names come first, since a field that
 * is missing may have been sent under one of them.
 *
 * @param known the names that fields may have, to suggest the nearest one for a misspelt name
 * @param root the pointer to what was parsed
 * @param hints what to say about certain unknown fields, instead of the nearest known name
 */
export function addSchemaIssues(
  zodIssues: readonly core.$ZodIssue[],
  known: readonly string[],
  issues: ValidationIssues,
  root = '',
  hints: Readonly<Record<string, string>> = {},
): void {
  const said = zodIssues.filter((zodIssue) => !isOfSafeInteger(zodIssue) || !hasNarrowerRange(zodIssue, zodIssues));
  const isUnknownName = ({ code }: core.$ZodIssue) => code === 'unrecognized_keys';
  const ordered = [...said.filter(isUnknownName), ...said.filter((zodIssue) => !isUnknownName(zodIssue))];
  for (const zodIssue of ordered) {
    if (zodIssue.code !== 'unrecognized_keys') {
      issues.add(() => ({
        pointer: root + toPointer(zodIssue.path),
        message: `${expectation(zodIssue)}, got ${describeValue(zodIssue.input)}${cureFor(zodIssue)}`,
      }));
      continue;
    }
    for (const key of zodIssue.keys.slice(0, MAX_LISTED_ISSUES)) {
      issues.add(() => ({
        pointer: root + toPointer([...zodIssue.path, key]),
        message: `unknown field ${describeValue(key)}${nameHint(key, known, hints)}`,
      }));
    }
    issues.addUnlisted(Math.max(0, zodIssue.keys.length - MAX_LISTED_ISSUES));
  }
}

/** Whether it is that of zod's own range of integers. */
function isOfSafeInteger(issue: core.$ZodIssue): boolean {
  if (issue.code === 'too_big') return issue.maximum === Number.MAX_SAFE_INTEGER;
  return issue.code === 'too_small' && issue.minimum === Number.MIN_SAFE_INTEGER;
}

/** Whether the same value is beyond a range of the field's own as well. */
function hasNarrowerRange({ code, path }: core.$ZodIssue, zodIssues: readonly core.$ZodIssue[]): boolean {
  return zodIssues.some((other) => other.code === code && other.path.join() === path.join() && !isOfSafeInteger(other));
}

/** The smallest normal float32. */
const MIN_NORMAL = 2 ** -126;
const POSITIVE_NORMAL = 'expected a number > 0 that is normal as float32 (at least 1.1754944e-38)';

/** Longer names, which no field has, are cut in pointers. */
const MAX_NAME = 64;

/** The path as a JSON pointer (RFC 6901). */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${shorten(String(part), MAX_NAME).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Whether a number would do, alone or beside other forms. */
function wantsNumber(issue: core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.flat().some(wantsNumber);
  if (issue.code === 'custom') return /^expected an? (?:number|integer)/.test(issue.message); // An item of a list.
  return issue.code === 'invalid_type' && (issue.expected === 'number' || issue.expected === 'int');
}

function expectation(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (issue.expected as string) === 'nonoptional'
        ? 'expected this field, which is required'
        : `expected ${article(issue.expected)}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      if (issue.minimum === MIN_NORMAL) return POSITIVE_NORMAL;
      return `expected a number ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `expected at most ${issue.maximum} characters`;
      return `expected a number ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** Of a number in JSON that is read as infinite, such as 1e400. */
const TOO_LARGE = `; numbers beyond ±${Number.MAX_VALUE.toPrecision(8)} are infinite`;

function isInfinite(value: unknown): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is most likely meant by a value that a field does not allow, if that is known. */
function cureFor(issue: core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const meant = nearestValue(issue.path.join(), issue.input, issue.values);
    return meant === undefined ? '' : `; did you mean "${meant}"?`;
  }
  if (issue.path[0] === 'gammas' && isObject(issue.input)) return '; one gamma of a sweep is that of both sides';
  if (wantsNumber(issue)) return isInfinite(issue.input) ? TOO_LARGE : numberTextCure(issue.input);
  const isOutOfRange = issue.code === 'too_small' || issue.code === 'too_big';
  return isOutOfRange && issue.path.join() === 'epsilon' ? '; that of Poly-1 is "poly_epsilon"' : '';
}

function article(type: string): string {
  if (type === 'int') return 'an integer';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** What to say of an unknown name: its hint, or else the nearest known name. */
export function nameHint(name: string, known: readonly string[], hints: Readonly<Record<string, string>>): string {
  return Object.hasOwn(hints, name) ? `; ${hints[name]}` : nearestName(name, known);
}

/** A suggestion, if some known name is near enough; else empty. */
export function nearestName(key: string, known: readonly string[]): string {
  if (key.length > MAX_NAME) return '';
  if (known.includes(key)) return '; another object of the request has it';
  const name = closest(key, known);
  return distance(key, name) <= Math.max(2, key.length / 2) ? `; did you mean "${name}"?` : '';
}
