import { percent } from '../format.ts';
import type { ClassBreakdown } from '../service/evaluation.ts';
import { classLabel } from './class-label.ts';
import { ONE_POINT } from './sweep-change.ts';
import { totals } from './totals.ts';

/** Which classes gain and lose most of the loss, in a sentence. */
export function summarizeClasses(classes: readonly ClassBreakdown[]): string {
  return classes.length === 1 ? summarizeOne(classes) : summarizeMany(classes);
}

function summarizeOne(classes: readonly ClassBreakdown[]): string {
  const [before, after] = [totals(classes, 'cross_entropy').positiveShare, totals(classes, 'loss').positiveShare];
  const start = 'The batch has one class.';
  if (before === null || after === null) return start;
  if (Math.abs(after - before) < ONE_POINT) {
    return `${start} Its positives have ${percent(before)} of the cross-entropy, and focal loss hardly changes that.`;
  }
  return `${start} Its positives have ${percent(before)} of the cross-entropy and ${percent(after)} of the focal loss.`;
}

function summarizeMany(classes: readonly ClassBreakdown[]): string {
  const changes = classes
    .map((one) => ({ one, change: (one.loss.share ?? 0) - (one.cross_entropy.share ?? 0) }))
    .sort((a, b) => b.change - a.change);
  const [highest, lowest] = [changes[0]!, changes.at(-1)!];
  if (highest.change < 1e-5) {
    return 'With this γ and α, every class has the same share of the focal loss as of the cross-entropy.';
  }
  const describe = ({ one }: (typeof changes)[number]) =>
    `${isolated(classLabel(one))} (${percent(one.cross_entropy.share)} of the cross-entropy, ${percent(one.loss.share)} of the focal loss)`;
  if (Math.max(highest.change, -lowest.change) < ONE_POINT) {
    return `Focal loss hardly changes the shares of the classes: none gains or loses a point. The largest gain is that of ${describe(highest)}.`;
  }
  return `Focal loss gives more weight to ${describe(highest)} and less to ${describe(lowest)}.`;
}

/** A name in a sentence, whose letters from right to left, or marks of direction, must not reverse the numbers behind it. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
