import type { ClassBreakdown, Quantity } from '../service/evaluation.ts';
import { QUANTITIES } from '../service/evaluation.ts';
import { classLabel } from './class-label.ts';
import { isOutlined } from './pinned-loss.ts';
import { totals } from './totals.ts';

/** The classes beyond these share one row. The table lists all. */
export const MAX_ROWS = 8;

export interface ClassBar {
  readonly quantity: Quantity;
  /** The share of the batch's total that belongs to these classes' positives. */
  readonly positive: number;
  readonly negative: number;
  /** The share of both in the pinned setting; null if nothing is pinned, or nothing differs. */
  readonly pinned: number | null;
}

export interface ClassRow {
  readonly name: string;
  readonly bars: readonly ClassBar[];
  /** Whether many classes share the row. */
  readonly isRest: boolean;
}

/**
 * A row for each of the classes with the most cross-entropy, and one for the rest.
 *
 * @param shown the classes that have rows, of all in the batch
 * @param rest what the classes of the last row are called
 * @param pinned the classes in the pinned setting, if there is one
 */
export function classRows(
  classes: readonly ClassBreakdown[],
  shown: readonly ClassBreakdown[],
  rest: (classes: number) => string,
  pinned: readonly ClassBreakdown[] | null,
): ClassRow[] {
  const batchTotals = totalsOf(classes);
  const pinnedTotals = pinned && totalsOf(pinned);
  const pinnedByClass = new Map(pinned?.map((one) => [one.class, one]));
  const rowOf = (name: string, members: readonly ClassBreakdown[], isRest: boolean): ClassRow => ({
    name,
    isRest,
    bars: QUANTITIES.map((quantity) => {
      const { positive, negative, total } = totals(members, quantity);
      const share = total / batchTotals[quantity];
      const before = members.flatMap((one) => pinnedByClass.get(one.class) ?? []);
      const pinnedShare = pinnedTotals ? totals(before, quantity).total / pinnedTotals[quantity] : share;
      return {
        quantity,
        positive: positive / batchTotals[quantity],
        negative: negative / batchTotals[quantity],
        pinned: isOutlined([pinnedShare], [share]) ? pinnedShare : null,
      };
    }),
  });
  const sorted = shown.toSorted((a, b) => b.cross_entropy.total - a.cross_entropy.total);
  const rows = sorted.slice(0, MAX_ROWS).map((one) => rowOf(classLabel(one), [one], false));
  const remaining = sorted.slice(MAX_ROWS);
  if (remaining.length === 1) rows.push(rowOf(classLabel(remaining[0]!), remaining, false));
  if (remaining.length > 1) rows.push(rowOf(rest(remaining.length), remaining, true));
  return rows;
}

export function longestBar(rows: readonly ClassRow[]): number {
  const lengths = ({ positive, negative, pinned }: ClassBar) => Math.max(positive + negative, pinned ?? 0);
  return Math.max(0, ...rows.flatMap(({ bars }) => bars.map(lengths)));
}

function totalsOf(classes: readonly ClassBreakdown[]): Record<Quantity, number> {
  return Object.fromEntries(QUANTITIES.map((quantity) => [quantity, totals(classes, quantity).total || 1])) as Record<
    Quantity,
    number
  >;
}
