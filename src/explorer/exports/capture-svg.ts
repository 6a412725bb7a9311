import type { Box, PathShape, Shape } from './drawing.ts';

/** Adds the shapes and the texts of an SVG image in the page, with their computed styles and positions. */
export function captureSvg(image: SVGSVGElement, origin: DOMRect, shapes: Shape[]): void {
  for (const element of image.querySelectorAll<SVGGraphicsElement>(
    'rect, line, path, circle, ellipse, polyline, polygon, text',
  )) {
    if (element.closest('defs, clipPath, pattern, marker')) continue;
    const style = getComputedStyle(element);
    if (style.visibility === 'hidden' || style.display === 'none') continue;
    const matrix = element.getScreenCTM();
    if (!matrix) continue;
    if (element instanceof SVGTextContentElement) captureText(element, origin, shapes);
    else {
      const shape = captureShape(element, style, clipOf(element, image, origin));
      const { a, b, c, d, e, f } = matrix;
      if (shape) shapes.push({ ...shape, matrix: [a, b, c, d, e - origin.left, f - origin.top] });
    }
  }
}

function captureShape(element: SVGGraphicsElement, style: CSSStyleDeclaration, clip: Box | null): PathShape | null {
  const data = pathData(element);
  if (data === '') return null;
  const opacity = Number(style.opacity);
  const fill = element instanceof SVGLineElement ? null : paintOf(style.fill, style.stroke);
  const color = paintOf(style.stroke, 'none');
  const width = Number.parseFloat(style.strokeWidth);
  const dashes = style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[\s,]+/).map(Number.parseFloat);
  const stroke = color !== null && width > 0 ? { color, width, dashes } : null;
  if ((fill === null && stroke === null) || opacity === 0) return null;
  return { kind: 'path', data, matrix: [1, 0, 0, 1, 0, 0], fill, stroke, opacity, clip };
}

/** A color. Of a pattern or gradient it is the fallback: those would need the definitions beside them. */
function paintOf(paint: string, fallback: string): string | null {
  const color = paint.startsWith('url(') ? fallback : paint;
  return color === 'none' || color === '' || /^rgba\(.*, 0\)$/.test(color) ? null : color;
}

function pathData(element: SVGGraphicsElement): string {
  const number = (name: string) => Number.parseFloat(element.getAttribute(name) ?? '0') || 0;
  const [x, y] = [number('x'), number('y')];
  switch (element.localName) {
    case 'path':
      return element.getAttribute('d') ?? '';
    case 'line':
      return `M${number('x1')},${number('y1')}L${number('x2')},${number('y2')}`;
    case 'rect': {
      const [right, bottom] = [x + number('width'), y + number('height')];
      return `M${x},${y}L${right},${y}L${right},${bottom}L${x},${bottom}Z`;
    }
    case 'circle':
    case 'ellipse': {
      const [cx, cy] = [number('cx'), number('cy')];
      const [rx, ry] = [number('rx') || number('r'), number('ry') || number('r')];
      return `M${cx - rx},${cy}A${rx},${ry} 0 1 0 ${cx + rx},${cy}A${rx},${ry} 0 1 0 ${cx - rx},${cy}Z`;
    }
    default: {
      const points = (element.getAttribute('points') ?? '').trim().split(/[\s,]+/);
      if (points.length < 4) return '';
      const pairs = Array.from(
        { length: Math.floor(points.length / 2) },
        (_, i) => `${points[2 * i]},${points[2 * i + 1]}`,
      );
      return `M${pairs.join('L')}${element.localName === 'polygon' ? 'Z' : ''}`;
    }
  }
}

/** The nearest nested image cuts off what is outside of it. */
function clipOf(element: Element, image: SVGSVGElement, origin: DOMRect): Box | null {
  const nested = element.parentElement?.closest('svg');
  const parent = nested?.parentElement?.closest('svg') ?? null;
  const matrix = parent && parent instanceof SVGSVGElement ? parent.getScreenCTM() : null;
  if (!(nested instanceof SVGSVGElement) || nested === image || !matrix) return null;
  const [x, y, width, height] = [nested.x, nested.y, nested.width, nested.height].map(({ baseVal }) => baseVal.value);
  return {
    x: matrix.a * x! + matrix.e - origin.left,
    y: matrix.d * y! + matrix.f - origin.top,
    width: matrix.a * width!,
    height: matrix.d * height!,
  };
}

/** Each run of characters that have one style and follow each other on one line: positions include anchors and shifts. */
function captureText(text: SVGTextContentElement, origin: DOMRect, shapes: Shape[]): void {
  const matrix = text.getScreenCTM()!;
  let index = 0;
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { data, parentElement } = node as Text;
    if (!parentElement || parentElement.localName === 'title') continue;
    if (data === '' || index >= text.getNumberOfChars()) continue;
    const start = text.getStartPositionOfChar(index).matrixTransform(matrix);
    const style = getComputedStyle(parentElement);
    index += data.length;
    shapes.push({
      kind: 'text',
      text: data,
      x: start.x - origin.left,
      y: start.y - origin.top,
      rotation: (Math.atan2(matrix.b, matrix.a) * 180) / Math.PI,
      color: style.fill,
      size: Number.parseFloat(style.fontSize),
      family: style.fontFamily,
      weight: style.fontWeight,
      italic: style.fontStyle === 'italic',
    });
  }
}
