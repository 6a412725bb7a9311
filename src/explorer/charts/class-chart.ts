import { count, percent } from '../format.ts';
import { find, html } from '../html.ts';
import { type ClassBreakdown, type Evaluation, QUANTITIES, type Quantity } from '../service/evaluation.ts';
import { classLabel } from './class-label.ts';
import { totals } from './totals.ts';

/** The classes beyond these share one row. The table lists all. */
const MAX_ROWS = 8;

const QUANTITY_NAMES: Readonly<Record<Quantity, string>> = {
  cross_entropy: 'Cross-entropy',
  loss: 'Focal loss',
  gradient_l1: 'Gradient',
};

interface Bar {
  readonly quantity: Quantity;
  /** The share of the batch's total that belongs to these classes' positives. */
  readonly positive: number;
  readonly negative: number;
}

interface Row {
  readonly name: string;
  readonly bars: readonly Bar[];
}

/** Draws bars for the classes with the most cross-entropy: their shares of cross-entropy, focal loss and gradient. */
export function drawClassChart(figure: HTMLElement, { per_class: classes }: Evaluation): void {
  const hasNegatives = QUANTITIES.some((quantity) => totals(classes, quantity).negative > 0);
  figure.classList.toggle('one-sided', !hasNegatives);
  const batchTotals = Object.fromEntries(
    QUANTITIES.map((quantity) => [quantity, totals(classes, quantity).total || 1]),
  ) as Record<Quantity, number>;
  const rowOf = (name: string, members: readonly ClassBreakdown[]): Row => ({
    name,
    bars: QUANTITIES.map((quantity) => {
      const { positive, negative } = totals(members, quantity);
      return { quantity, positive: positive / batchTotals[quantity], negative: negative / batchTotals[quantity] };
    }),
  });
  const byCrossEntropy = classes.toSorted((a, b) => b.cross_entropy.total - a.cross_entropy.total);
  const remaining = byCrossEntropy.slice(MAX_ROWS);
  const rows = byCrossEntropy.slice(0, MAX_ROWS).map((one) => rowOf(classLabel(one), [one]));
  find('.summary', figure).textContent = classes.length === 1 ? summarizeOne(rows[0]!) : summarizeMany(classes);
  const longest = longestBar(...rows) || 1;
  const elements = rows.map((row) => createRow(row, longest));
  if (remaining.length > 0) {
    const remainingRow = rowOf(
      remaining.length === 1 ? classLabel(remaining[0]!) : `${count(remaining.length)} others`,
      remaining,
    );
    // Thousands of others may have a longer bar than any class. It would squeeze the bars above, so only its number is shown.
    elements.push(createRow(remainingRow, longestBar(remainingRow) > longest ? Number.POSITIVE_INFINITY : longest));
  }
  find('.class-rows', figure).replaceChildren(...elements);
}

function longestBar(...rows: readonly Row[]): number {
  return Math.max(...rows.flatMap(({ bars }) => bars.map(({ positive, negative }) => positive + negative)));
}

function createRow({ name, bars }: Row, longest: number): HTMLElement {
  return html(
    'li',
    {},
    html('span', { class: 'class-name', title: name }, name),
    html('span', { class: 'bars' }, ...bars.map((bar) => createBar(bar, longest))),
  );
}

function createBar({ quantity, positive, negative }: Bar, longest: number): HTMLElement {
  return html(
    'span',
    { class: 'bar-row' },
    createSegment(`${quantity} positives`, positive / longest),
    createSegment(`${quantity} negatives`, negative / longest),
    html('span', { class: 'visually-hidden' }, `${QUANTITY_NAMES[quantity]} `),
    html('span', { class: 'bar-value' }, percent(positive + negative)),
  );
}

function createSegment(className: string, share: number): HTMLElement {
  const element = html('span', { class: `bar ${className}` });
  element.style.setProperty('--share', String(share));
  element.hidden = share === 0;
  return element;
}

function summarizeOne({ bars }: Row): string {
  const [crossEntropy, loss] = bars.map(({ positive }) => percent(positive));
  return `The batch has one class. Its positives have ${crossEntropy} of the cross-entropy and ${loss} of the focal loss.`;
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
    `${classLabel(one)} (${percent(one.cross_entropy.share)} of the cross-entropy, ${percent(one.loss.share)} of the focal loss)`;
  return `Focal loss gives more weight to ${describe(highest)} and less to ${describe(lowest)}.`;
}
