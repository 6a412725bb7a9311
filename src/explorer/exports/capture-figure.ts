import { captureHtml } from './capture-html.ts';
import { captureSvg } from './capture-svg.ts';
import type { Box, Drawing, Shape } from './drawing.ts';

/** Around the shapes, in pixels. */
const PADDING = 24;
/** Controls say what the reader of a page can do, which the reader of a picture cannot. styles/exports.css hides them, too. */
const CONTROLS =
  'button, input, textarea, .note, .toggle, .export-menu, .visually-hidden, [hidden], .scroll-area, progress';

export interface CaptureOptions {
  readonly title: string;
  readonly description: string;
  /** Further elements to leave out: a selector. */
  readonly without?: string;
  /** A line below the figure. */
  readonly footnote?: string;
}

/**
 * Captures a figure as it is shown, with the caption above the charts. What it consists of does not matter, be it SVG, bars or
 * tables: their computed styles and positions are read from the document.
 */
export function captureFigure(figure: HTMLElement, { title, description, without, footnote }: CaptureOptions): Drawing {
  const left = without === undefined ? CONTROLS : `${CONTROLS}, ${without}`;
  const contents = [...figure.children].filter((child) => !child.matches('.caption'));
  const width = Math.max(...contents.map((child) => child.getBoundingClientRect().width));
  // Nothing is painted before the class is gone. It has the fonts that every system has or replaces: the layout is that of these.
  figure.style.setProperty('--export-width', `${width}px`);
  figure.classList.add('exporting');
  try {
    const origin = figure.getBoundingClientRect();
    const shapes: Shape[] = [];
    visit(figure, left, origin, shapes);
    return frame(figure, width, shapes, title, description, footnote);
  } finally {
    figure.classList.remove('exporting');
  }
}

function visit(element: Element, left: string, origin: DOMRect, shapes: Shape[]): void {
  for (const node of element.childNodes) {
    if (node instanceof SVGSVGElement) captureSvg(node, origin, shapes);
    else if (node instanceof Element) {
      if (node.matches(left) || getComputedStyle(node).visibility === 'hidden') continue;
      if (node instanceof HTMLElement) captureHtml(node, origin, shapes);
      if (!(node instanceof HTMLSelectElement)) visit(node, left, origin, shapes);
    }
  }
}

/** Moves the shapes to the corner, and adds the footnote. */
function frame(
  figure: HTMLElement,
  width: number,
  shapes: readonly Shape[],
  title: string,
  description: string,
  footnote: string | undefined,
): Drawing {
  const style = getComputedStyle(figure);
  const boxes = shapes.map(boundsOf);
  const x0 = Math.min(0, ...boxes.map(({ x }) => x));
  const y0 = boxes.length === 0 ? 0 : Math.min(...boxes.map(({ y }) => y));
  const right = Math.max(width, ...boxes.map(({ x, width }) => x + width));
  const bottom = Math.max(0, ...boxes.map(({ y, height }) => y + height));
  const moved: Shape[] = shapes.map((shape) => move(shape, PADDING - x0, PADDING - y0));
  let height = bottom - y0 + 2 * PADDING;
  if (footnote !== undefined) {
    moved.push({
      kind: 'text',
      text: footnote,
      x: PADDING,
      y: height,
      rotation: 0,
      color: style.getPropertyValue('--muted-foreground').trim(),
      size: 11,
      family: 'Arial, Helvetica, sans-serif',
      weight: '400',
      italic: false,
    });
    height += PADDING - 4;
  }
  return {
    width: Math.ceil(right - x0 + 2 * PADDING),
    height: Math.ceil(height),
    background: style.getPropertyValue('--surface').trim(),
    title,
    description,
    shapes: moved,
  };
}

function boundsOf(shape: Shape): Box {
  if (shape.kind === 'text') {
    // Its width is that of the figure at the most, which has it already.
    return { x: shape.x, y: shape.y - shape.size, width: 0, height: shape.size * 1.3 };
  }
  if (shape.clip) return shape.clip;
  // Every path is inside the element that it was captured from, so that its points are enough.
  const [a, b, c, d, e, f] = shape.matrix;
  const numbers = (shape.data.match(/-?\d*\.?\d+(?:e-?\d+)?/g) ?? []).map(Number);
  const points = /[^MLHVZ\d.,\s-]/.test(shape.data) ? [] : pairs(numbers);
  const xs = points.map(([x, y]) => a * x + c * y + e);
  const ys = points.map(([x, y]) => b * x + d * y + f);
  if (points.length === 0) return { x: e, y: f, width: 0, height: 0 };
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function pairs(numbers: readonly number[]): (readonly [number, number])[] {
  return Array.from(
    { length: Math.floor(numbers.length / 2) },
    (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!] as const,
  );
}

function move(shape: Shape, dx: number, dy: number): Shape {
  if (shape.kind === 'text') return { ...shape, x: shape.x + dx, y: shape.y + dy };
  const [a, b, c, d, e, f] = shape.matrix;
  const clip = shape.clip && { ...shape.clip, x: shape.clip.x + dx, y: shape.clip.y + dy };
  return { ...shape, matrix: [a, b, c, d, e + dx, f + dy], clip };
}
