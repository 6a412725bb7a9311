import { z } from 'zod';

/**
 * A list whose items are checked up to the first wrong one. `z.array` makes an issue of each, which for a hostile
 * million takes seconds.
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
