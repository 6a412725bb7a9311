import { count, exactPercent, percent, wholePercent } from '../format.ts';
import { find, html } from '../html.ts';
import { type Evaluation, QUANTITIES, type Quantity } from '../service/evaluation.ts';
import type { CursorStops } from './chart-cursor.ts';
import type { ClassFilter } from './class-filter.ts';
import { createClassName } from './class-name.ts';
import { type ClassBar, type ClassRow, classRows, longestBar } from './class-rows.ts';
import type { PinnedLoss } from './pinned-loss.ts';
import { summarizeClasses } from './summarize-classes.ts';
import { ticksBetween } from './ticks.ts';
import { totals } from './totals.ts';

const QUANTITY_NAMES: Readonly<Record<Quantity, string>> = {
  cross_entropy: 'Cross-entropy',
  loss: 'Focal loss',
  gradient_l1: 'Gradient',
};

/** Draws bars for the classes with the most cross-entropy: their shares of cross-entropy, focal loss and gradient. */
export function drawClassChart(
  figure: HTMLElement,
  { per_class: classes }: Evaluation,
  filter: ClassFilter,
  pinned: PinnedLoss | null,
): CursorStops | null {
  const hasNegatives = QUANTITIES.some((quantity) => totals(classes, quantity).negative > 0);
  figure.classList.toggle('one-sided', !hasNegatives);
  find('.summary', figure).textContent = summarizeClasses(classes);

  const shown = filter.isActive ? classes.filter((one) => filter.matches(one)) : classes;
  const rest = (classCount: number) => `${count(classCount)} ${filter.isActive ? 'other matches' : 'others'}`;
  const rows = classRows(classes, shown, rest, pinned?.evaluation.per_class ?? null);
  // Thousands of others may have a longer bar than any class. It would squeeze the bars above, so it is cut at the axis, and marked.
  const longest = longestBar(rows.filter(({ isRest }) => !isRest));
  const ticks = ticksBetween(0, longest || 1);
  const end = ticks.at(-1)!;
  const elements = rows.map((row) => createRow(row, end));
  const none = html('li', { class: 'no-match' }, 'No class has this in its name.');
  find('.class-rows', figure).replaceChildren(...(rows.length > 0 ? [...elements, createAxis(ticks, end)] : [none]));
  if (rows.length === 0) return null;
  return {
    count: rows.length,
    first: 0,
    stopAt: ({ target }) => {
      const at = elements.findIndex((element) => target instanceof Node && element.contains(target));
      return at < 0 ? null : at;
    },
    describe: (stop) => describeRow(rows[stop]!, hasNegatives),
    mark: (stop) => {
      elements.forEach((element, i) => {
        element.classList.toggle('marked', i === stop);
      });
    },
  };
}

function createRow({ name, bars, isRest }: ClassRow, end: number): HTMLElement {
  const label = createClassName(name);
  const element = html('li', {}, label, html('span', { class: 'bars' }, ...bars.map((bar) => createBar(bar, end))));
  element.classList.toggle('rest', isRest);
  return element;
}

function createBar({ quantity, positive, negative, pinned }: ClassBar, end: number): HTMLElement {
  const isCut = positive + negative > end * (1 + 1e-9);
  const row = html(
    'span',
    { class: 'bar-row' },
    createSegment(`${quantity} positives`, Math.min(positive, end) / end),
    createSegment(`${quantity} negatives`, Math.min(negative, end - Math.min(positive, end)) / end),
  );
  if (isCut) row.append(html('span', { class: 'cut', title: 'The bar is longer than the axis, and cut here.' }));
  if (pinned !== null) {
    const mark = html('span', { class: 'pinned-mark' });
    mark.style.setProperty('--share', String(Math.min(pinned, end) / end));
    row.append(mark);
  }
  const value = html('span', { class: 'bar-value' }, percent(positive + negative));
  const overhang = Math.min(pinned ?? 0, end) - Math.min(positive + negative, end);
  value.style.setProperty('--overhang', String(Math.max(overhang, 0) / end));
  row.append(html('span', { class: 'visually-hidden' }, `${QUANTITY_NAMES[quantity]} `), value);
  return row;
}

function createSegment(className: string, share: number): HTMLElement {
  const element = html('span', { class: `bar ${className}` });
  element.style.setProperty('--share', String(share));
  element.hidden = !(share > 0);
  return element;
}

/** The values are in the rows, as text, so that assistive technology needs no axis. */
function createAxis(ticks: readonly number[], end: number): HTMLElement {
  const marks = ticks.map((tick) => {
    const mark = html('span', {}, wholePercent(tick));
    mark.style.setProperty('--share', String(tick / end));
    return mark;
  });
  const axis = html('span', { class: 'share-axis' }, ...marks);
  return html('li', { class: 'axis', 'aria-hidden': 'true' }, html('span', {}, 'Share of the batch'), axis);
}

function describeRow({ name, bars }: ClassRow, hasNegatives: boolean): string {
  const texts = bars.map(({ quantity, positive, negative, pinned }) => {
    const before = pinned === null ? '' : `, pinned ${exactPercent(pinned)}`;
    const sides = hasNegatives ? ` (positives ${exactPercent(positive)}, negatives ${exactPercent(negative)})` : '';
    return `${QUANTITY_NAMES[quantity].toLowerCase()} ${exactPercent(positive + negative)}${sides}${before}`;
  });
  return `${name} · ${texts.join(' · ')}`;
}
