/** A number in JSON that is short enough to repeat. */
const NUMBER = /^-?(?:0|[1-9]\d{0,19})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/;

/** What to do about a number that was sent as text; empty if a value is anything else. */
export function numberTextCure(value: unknown): string {
  return typeof value === 'string' && NUMBER.test(value) ? `; send a number: ${value} without quotes` : '';
}
