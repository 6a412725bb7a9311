import { z } from 'zod';

/**
 * A list that is checked up to the first invalid item. `z.array` creates an issue for each, which takes seconds for a list
 * of a million.
 */
export function listOf<Item>(
  isItem: (item: unknown) => item is Item,
  expected: string,
  items: Record<string, unknown>,
) {
  return z
    .custom<Item[]>(Array.isArray, { error: `expected an array, each item ${expected}` })
    .superRefine((list: unknown[], context) => {
      const wrong = list.findIndex((item) => !isItem(item));
      if (wrong >= 0) {
        context.addIssue({ code: 'custom', path: [wrong], message: `expected ${expected}`, input: list[wrong] });
      }
    })
    .meta({ type: 'array', items });
}
