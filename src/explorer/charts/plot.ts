import { formatSvgMath } from '../format-math.ts';
import { svg } from '../svg.ts';

export interface Axis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly title: string;
}

export interface Plot {
  readonly svg: SVGElement;
  /** What is drawn here is cut off at the ends of both axes. */
  readonly area: SVGElement;
  /** Scales a value to pixels. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The value of x at a position in the window. */
  readonly xAt: (clientX: number) => number;
  /** Marks an x with a line, and values of y on it with dots; null removes the mark. */
  readonly mark: (x: number | null, ys: readonly number[]) => void;
}

export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

/** By which the area is larger than the axes, so that it cuts no line that runs along them. */
const BLEED = 2;
const MARGIN = { top: 26, right: 18, bottom: 38, left: 42 };

/**
 * Creates an empty plot: grid lines at the ticks of y, and tick labels and horizontal titles for both axes.
 *
 * @param label the text alternative for screen readers
 */
export function plot({ width, height }: PlotSize, label: string, xAxis: Axis, yAxis: Axis): Plot {
  const x = scale(xAxis.domain, [MARGIN.left, width - MARGIN.right]);
  const y = scale(yAxis.domain, [height - MARGIN.bottom, MARGIN.top]);
  const root = svg('svg', {
    class: 'plot',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': label,
  });
  for (const tick of yAxis.ticks) {
    root.append(
      svg('line', { class: 'grid-line', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
      svg('text', { class: 'tick', x: MARGIN.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, yAxis.format(tick)),
    );
  }
  for (const tick of xAxis.ticks) {
    root.append(
      svg(
        'text',
        { class: 'tick', x: x(tick), y: height - MARGIN.bottom + 17, 'text-anchor': 'middle' },
        xAxis.format(tick),
      ),
    );
  }
  root.append(
    svg('text', { class: 'axis-title', x: 0, y: 12 }, ...formatSvgMath(yAxis.title)),
    svg(
      'text',
      { class: 'axis-title', x: width - MARGIN.right, y: height - 4, 'text-anchor': 'end' },
      ...formatSvgMath(xAxis.title),
    ),
  );
  const box = {
    x: MARGIN.left - BLEED,
    y: MARGIN.top - BLEED,
    width: Math.max(width - MARGIN.left - MARGIN.right, 0) + 2 * BLEED,
    height: height - MARGIN.top - MARGIN.bottom + 2 * BLEED,
  };
  const viewBox = `${box.x} ${box.y} ${box.width} ${box.height}`;
  const area = svg('svg', { ...box, viewBox, overflow: 'hidden' });
  const marks = svg('g', { class: 'marks' });
  root.append(area, marks);
  const [low, high] = xAxis.domain;
  return {
    svg: root,
    area,
    x,
    y,
    xAt: (clientX) => {
      const pixels = clientX - root.getBoundingClientRect().left - MARGIN.left;
      return low + (pixels / (width - MARGIN.left - MARGIN.right)) * (high - low);
    },
    mark: (at, ys) => {
      if (at === null) return marks.replaceChildren();
      const rule = svg('line', { x1: x(at), x2: x(at), y1: MARGIN.top, y2: height - MARGIN.bottom });
      marks.replaceChildren(rule, ...ys.map((value) => svg('circle', { cx: x(at), cy: y(value), r: 3.5 })));
    },
  };
}

function scale([from, to]: readonly [number, number], [start, end]: readonly [number, number]) {
  return (value: number) => start + ((value - from) / (to - from)) * (end - start);
}
