import { type ClassBreakdown, type Evaluation, QUANTITIES, type Quantity } from './answer.ts';
import { count, percent } from './format.ts';
import { find, html } from './html.ts';
import { totals } from './totals.ts';

/** More are not told apart at a glance; the table has all. */
const MOST_ROWS = 8;

const NAMES: Readonly<Record<Quantity, string>> = {
  cross_entropy: 'Cross-entropy',
  loss: 'Focal loss',
  gradient_l1: 'Gradient',
};

/** Of one row of bars: the parts of the whole batch that are positives' and negatives'. */
interface Row {
  readonly name: string;
  readonly bars: readonly { readonly quantity: Quantity; readonly positive: number; readonly negative: number }[];
}

/** The classes that hold most of the cross-entropy, and what they hold of focal loss and gradient. */
export function drawClasses(figure: HTMLElement, { per_class: classes }: Evaluation): void {
  const sided = QUANTITIES.some((quantity) => totals(classes, quantity).negative > 0);
  figure.classList.toggle('one-sided', !sided);
  const whole = Object.fromEntries(QUANTITIES.map((quantity) => [quantity, totals(classes, quantity).total || 1]));
  const row = (name: string, members: readonly ClassBreakdown[]): Row => ({
    name,
    bars: QUANTITIES.map((quantity) => {
      const { positive, negative } = totals(members, quantity);
      return { quantity, positive: positive / whole[quantity]!, negative: negative / whole[quantity]! };
    }),
  });
  const byCrossEntropy = classes.toSorted((a, b) => b.cross_entropy.total - a.cross_entropy.total);
  const rest = byCrossEntropy.slice(MOST_ROWS);
  const rows = byCrossEntropy.slice(0, MOST_ROWS).map((one) => row(className(one), [one]));
  find('.meaning', figure).textContent = classes.length === 1 ? meaningOfOne(rows[0]!) : meaningOfMany(classes);
  const widest = longestBar(...rows) || 1;
  const elements = rows.map((each) => rowElement(each, widest));
  if (rest.length > 0) {
    const others = row(rest.length === 1 ? className(rest[0]!) : `${count(rest.length)} others`, rest);
    // Of thousands of others only the numbers: bars as long as theirs would leave nothing to see of the rest.
    elements.push(rowElement(others, longestBar(others) > widest ? Number.POSITIVE_INFINITY : widest));
  }
  find('.class-rows', figure).replaceChildren(...elements);
}

function longestBar(...rows: readonly Row[]): number {
  return Math.max(...rows.flatMap(({ bars }) => bars.map(({ positive, negative }) => positive + negative)));
}

export function className({ class: index, name }: ClassBreakdown): string {
  return name ?? `Class ${index}`;
}

function rowElement({ name, bars }: Row, widest: number): HTMLElement {
  return html(
    'li',
    {},
    html('span', { class: 'class-name', title: name }, name),
    html(
      'span',
      { class: 'bars' },
      ...bars.map(({ quantity, positive, negative }) => {
        const parts = [
          bar(`${quantity} positives`, positive / widest),
          bar(`${quantity} negatives`, negative / widest),
        ];
        const label = html('span', { class: 'bar-value' }, percent(positive + negative));
        const name = html('span', { class: 'unseen' }, `${NAMES[quantity]} `);
        return html('span', { class: 'bar-row' }, ...parts, name, label);
      }),
    ),
  );
}

function bar(className: string, share: number): HTMLElement {
  const element = html('span', { class: `bar ${className}` });
  element.style.setProperty('--share', String(share));
  element.hidden = share === 0;
  return element;
}

function meaningOfOne({ bars }: Row): string {
  const [crossEntropy, loss] = bars.map(({ positive }) => percent(positive));
  return `With one class its two sides share all: positives hold ${crossEntropy} of the cross-entropy and ${loss} of the focal loss.`;
}

function meaningOfMany(classes: readonly ClassBreakdown[]): string {
  const moved = classes
    .map((one) => ({ one, by: (one.loss.share ?? 0) - (one.cross_entropy.share ?? 0) }))
    .sort((a, b) => b.by - a.by);
  const say = ({ one }: (typeof moved)[number]) =>
    `${className(one)} (${percent(one.cross_entropy.share)} of the cross-entropy, ${percent(one.loss.share)} of the focal loss)`;
  const [most, least] = [moved[0]!, moved.at(-1)!];
  if (most.by < 1e-5)
    return 'At this setting every class holds the same part of the focal loss as of the cross-entropy.';
  return `Weight goes to ${say(most)}, and comes most from ${say(least)}.`;
}
