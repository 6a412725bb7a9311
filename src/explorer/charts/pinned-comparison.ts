import { count, percent, quantity } from '../format.ts';
import { find, html } from '../html.ts';
import type { ClassBreakdown, Evaluation } from '../service/evaluation.ts';
import { classLabel } from './class-label.ts';
import { totals } from './totals.ts';

/** A setting that stays while others are tried, with its evaluation. */
export interface Pinned {
  readonly description: string;
  readonly evaluation: Evaluation;
}

/** The classes that change most; the table of all classes has the others. */
const MAX_CLASSES = 20;

/** Draws the totals and the classes of a pinned setting beside those of the current one, with the differences. */
export function drawPinnedComparison(
  figure: HTMLElement,
  pinned: Pinned | null,
  current: Evaluation,
  name: string,
): void {
  figure.hidden = pinned === null;
  if (!pinned) return;
  const { evaluation } = pinned;
  find('.summary', figure).textContent = `Pinned: ${pinned.description}. Now: ${name}.`;
  const sides = ['loss', 'gradient_l1'] as const;
  const total = ({ loss, sum }: Evaluation) => loss ?? sum;
  const rows = [
    row(
      'Loss',
      quantity(total(evaluation)),
      quantity(total(current)),
      relativeChange(total(evaluation), total(current)),
    ),
    ...sides.map((side) => {
      const [before, now] = [evaluation, current].map(({ per_class: classes }) => totals(classes, side).positiveShare);
      const title = side === 'loss' ? 'Positives’ share of the loss' : 'Positives’ share of the gradient';
      return row(title, percent(before!), percent(now!), pointChange(before!, now!));
    }),
    row(
      'Gradient, sum of absolute values',
      quantity(totals(evaluation.per_class, 'gradient_l1').total),
      quantity(totals(current.per_class, 'gradient_l1').total),
      relativeChange(totals(evaluation.per_class, 'gradient_l1').total, totals(current.per_class, 'gradient_l1').total),
    ),
  ];
  const head = (title: string) =>
    html(
      'thead',
      {},
      html('tr', {}, ...[title, 'Pinned', 'Now', 'Difference'].map((text) => html('th', { scope: 'col' }, text))),
    );
  const totalsTable = html('table', {}, head('All classes'), html('tbody', {}, ...rows));
  const classRows = classDifferences(evaluation.per_class, current.per_class);
  const classTable = html('table', {}, head('Share of the gradient'), html('tbody', {}, ...classRows));
  const hasClasses = current.per_class.length > 1;
  find('.pinned-tables', figure).replaceChildren(totalsTable, ...(hasClasses ? [classTable] : []));
  const left = current.per_class.length - MAX_CLASSES;
  find('.note', figure).textContent =
    left > 0 ? `Of the classes, the ${MAX_CLASSES} that change most; ${count(left)} others change less.` : '';
}

function classDifferences(pinned: readonly ClassBreakdown[], current: readonly ClassBreakdown[]): HTMLElement[] {
  const before = new Map(pinned.map((one) => [one.class, one.gradient_l1.share]));
  const pairs = current.map((one) => ({ one, from: before.get(one.class) ?? null, to: one.gradient_l1.share }));
  const change = ({ from, to }: { from: number | null; to: number | null }) => Math.abs((to ?? 0) - (from ?? 0));
  return pairs
    .toSorted((a, b) => change(b) - change(a) || a.one.class - b.one.class)
    .slice(0, MAX_CLASSES)
    .map(({ one, from, to }) => row(classLabel(one), percent(from), percent(to), pointChange(from, to)));
}

function row(title: string, ...cells: string[]): HTMLElement {
  return html('tr', {}, html('th', { scope: 'row', title }, title), ...cells.map((text) => html('td', {}, text)));
}

/** The difference of two shares, in percentage points. */
export function pointChange(from: number | null, to: number | null): string {
  if (from === null || to === null) return '–';
  return `${withSign((to - from) * 100)} points`;
}

/** How much larger a sum is, in percent. */
export function relativeChange(from: number, to: number): string {
  return from === 0 ? '–' : `${withSign((to / from - 1) * 100)}\u202f%`;
}

function withSign(value: number): string {
  const digits = Math.abs(value) < 10 ? 1 : 0;
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return '±0';
  return `${value < 0 ? '−' : '+'}${text}`;
}
