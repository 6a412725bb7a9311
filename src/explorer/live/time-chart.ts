import { roundStep } from '../charts/ticks.ts';
import { html } from '../html.ts';
import { line, svg } from '../svg.ts';
import { clockTime } from './format-live.ts';
import { HISTORY_MS } from './history.ts';
import type { Moment } from './moment.ts';

export interface Series {
  readonly name: string;
  /** The classes of its line. */
  readonly style: string;
  /** null where there is none, as a median without batches. */
  readonly value: (moment: Moment) => number | null;
  /** A limit: it is drawn only where the other series come near it, so that it does not flatten them. */
  readonly isBound: boolean;
}

export interface ChartDefinition {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly series: readonly Series[];
  /** Whether the axis has a tick at each power of ten. */
  readonly logarithmic?: boolean;
  /** Whether the ticks are round multiples of powers of two, as of bytes. */
  readonly binary?: boolean;
}

const HEIGHT = 150;
const MARGIN = { top: 10, right: 6, bottom: 20, left: 58 };
const TICKS = 3;
/** What a linear axis shows at least. */
const MIN_TOP = 1;

/** A small picture of the last five minutes. Its legend has the values of the selected moment. */
export class TimeChart {
  readonly #definition: ChartDefinition;
  readonly #host: HTMLElement;
  readonly #picture = html('div', { class: 'time-plot' });
  readonly #values: readonly HTMLElement[];
  #cursor: SVGElement | null = null;
  #domain: readonly [start: number, end: number] = [0, 1];

  constructor(host: HTMLElement, definition: ChartDefinition, onHover: (time: number | null) => void) {
    this.#definition = definition;
    this.#host = host;
    this.#values = definition.series.map(() => html('span', { class: 'value' }));
    const items = definition.series.map(({ name, style }, i) =>
      html('li', { class: style }, html('span', {}, name), this.#values[i]!),
    );
    host.replaceChildren(html('h3', {}, definition.title), html('ul', { class: 'legend' }, ...items), this.#picture);
    this.#picture.addEventListener('pointermove', ({ clientX }) => {
      const { left } = this.#picture.getBoundingClientRect();
      const { start, end } = this.#span;
      const [from, to] = this.#domain;
      onHover(from + ((clientX - left - start) / (end - start)) * (to - from));
    });
    this.#picture.addEventListener('pointerleave', () => onHover(null));
  }

  /** The values of the series that are drawn, for an axis that charts share. */
  valuesOf(moments: readonly Moment[]): number[] {
    return this.#definition.series
      .filter(({ isBound }) => !isBound)
      .flatMap(({ value }) => moments.map(value).filter((number) => number !== null));
  }

  /**
   * @param end the right edge, in milliseconds since 1970
   * @param shared values of other charts that have the same axis
   */
  draw(moments: readonly Moment[], end: number, shared: readonly number[] = []): void {
    const { title, format, series, logarithmic = false } = this.#definition;
    const width = Math.max(this.#host.clientWidth, 120);
    this.#domain = [end - HISTORY_MS, end];
    const { start, end: right } = this.#span;
    const values = [...this.valuesOf(moments), ...shared];
    const ticks = logarithmic ? powersOfTen(values) : this.#linearTicks(values);
    const scale = logarithmic ? Math.log10 : (value: number) => value;
    const [low, high] = [scale(ticks[0]!), scale(ticks.at(-1)!)];
    const bottom = HEIGHT - MARGIN.bottom;
    const x = (time: number) => start + ((time - this.#domain[0]) / HISTORY_MS) * (right - start);
    const y = (value: number) => {
      const position = (scale(Math.max(value, ticks[0]!)) - low) / (high - low);
      return bottom - Math.min(position, 1) * (bottom - MARGIN.top);
    };
    const root = svg('svg', {
      class: 'plot',
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: 'img',
      'aria-label': `${title} in the last five minutes`,
    });
    for (const tick of ticks) {
      root.append(
        svg('line', { class: 'grid-line', x1: start, x2: right, y1: y(tick), y2: y(tick) }),
        svg('text', { class: 'tick', x: start - 6, y: y(tick) + 4, 'text-anchor': 'end' }, format(tick)),
      );
    }
    root.append(
      svg('text', { class: 'tick', x: start, y: HEIGHT - 4 }, '5 min ago'),
      svg('text', { class: 'tick', x: right, y: HEIGHT - 4, 'text-anchor': 'end' }, clockTime(end)),
    );
    for (const { style, value, isBound } of series.toReversed()) {
      for (const points of segments(moments, value)) {
        const visible = isBound ? points.filter(([, number]) => number <= ticks.at(-1)!) : points;
        if (visible.length === 0) continue;
        root.append(
          line(
            `curve ${style}`,
            visible.map(([time, number]) => [x(time), y(number)] as const),
          ),
        );
      }
    }
    this.#cursor = svg('line', { class: 'cursor', x1: 0, x2: 0, y1: MARGIN.top, y2: bottom, visibility: 'hidden' });
    root.append(this.#cursor);
    this.#picture.replaceChildren(root);
  }

  /** @param showCursor whether the moment is another than the latest */
  select(moment: Moment | null, showCursor: boolean): void {
    const { series, format } = this.#definition;
    series.forEach(({ value }, i) => {
      const number = moment && value(moment);
      this.#values[i]!.textContent = number === null ? '–' : format(number);
    });
    if (!this.#cursor) return;
    this.#cursor.setAttribute('visibility', moment && showCursor ? 'visible' : 'hidden');
    if (!moment) return;
    const { start, end } = this.#span;
    const x = String(start + ((moment.time - this.#domain[0]) / HISTORY_MS) * (end - start));
    this.#cursor.setAttribute('x1', x);
    this.#cursor.setAttribute('x2', x);
  }

  /** Where the axis of time starts and ends, in pixels. */
  get #span(): { readonly start: number; readonly end: number } {
    return { start: MARGIN.left, end: Math.max(this.#host.clientWidth, 120) - MARGIN.right };
  }

  #linearTicks(values: readonly number[]): number[] {
    const highest = Math.max(MIN_TOP, ...values);
    const unit = this.#definition.binary ? 1024 ** Math.floor(Math.log2(highest) / 10) : 1;
    const step = roundStep(highest / unit / TICKS) * unit;
    return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, i) => i * step);
  }
}

function powersOfTen(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [1e-4, 1e-3, 1e-2];
  const low = Math.max(Math.floor(Math.log10(Math.min(...positive))), -5);
  const high = Math.max(Math.ceil(Math.log10(Math.max(...positive))), low + 1);
  return Array.from({ length: high - low + 1 }, (_, i) => Number(`1e${low + i}`));
}

/** The points of one series, divided where a value or an interval is missing. */
function segments(moments: readonly Moment[], value: Series['value']): (readonly [number, number])[][] {
  const found: (readonly [number, number])[][] = [];
  let end: number | null = null;
  for (const moment of moments) {
    const number = value(moment);
    if (number === null) {
      end = null;
      continue;
    }
    const begin = moment.time - moment.seconds * 1000;
    // A point of its own would be invisible: each interval is a line from its start to its end.
    if (end === null || Math.abs(begin - end) > 1) found.push([[begin, number]]);
    found.at(-1)!.push([moment.time, number]);
    end = moment.time;
  }
  return found;
}
