import type { Shape } from './drawing.ts';

const IDENTITY = [1, 0, 0, 1, 0, 0] as const;

/** Adds what one HTML element paints itself: its background, its borders and the text that is directly in it. */
export function captureHtml(element: HTMLElement, origin: DOMRect, shapes: Shape[]): void {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (box.width > 0 && box.height > 0 && style.display !== 'contents') captureBox(box, style, origin, shapes);
  captureMarker(element, box, origin, shapes);
  if (element instanceof HTMLSelectElement) {
    const text = element.selectedOptions[0]?.textContent ?? '';
    const x = box.left - origin.left + Number.parseFloat(style.paddingLeft);
    addText(text, x, box.top - origin.top + box.height / 2 + Number.parseFloat(style.fontSize) * 0.35, style, shapes);
    return;
  }
  for (const node of element.childNodes) {
    if (node instanceof Text) captureText(node, style, origin, shapes);
  }
}

function captureBox(box: DOMRect, style: CSSStyleDeclaration, origin: DOMRect, shapes: Shape[]): void {
  const [x, y] = [box.left - origin.left, box.top - origin.top];
  if (isVisible(style.backgroundColor)) addRectangle(x, y, box.width, box.height, style.backgroundColor, shapes);
  captureFrames(box, style, origin, shapes);
  for (const side of ['Top', 'Right', 'Bottom', 'Left'] as const) {
    const width = Number.parseFloat(style[`border${side}Width`]);
    const color = style[`border${side}Color`];
    if (width === 0 || style[`border${side}Style`] === 'none' || !isVisible(color)) continue;
    const horizontal = side === 'Top' || side === 'Bottom';
    addRectangle(
      side === 'Right' ? x + box.width - width : x,
      side === 'Bottom' ? y + box.height - width : y,
      horizontal ? box.width : width,
      horizontal ? width : box.height,
      color,
      shapes,
    );
  }
}

/** Frames within the box, as that of a selected cell. The last one is painted first. */
function captureFrames(box: DOMRect, style: CSSStyleDeclaration, origin: DOMRect, shapes: Shape[]): void {
  const frames = [...style.boxShadow.matchAll(/(rgba?\([^)]*\)) 0px 0px 0px ([\d.]+)px inset/g)];
  for (const [, color, extent] of frames.reverse()) {
    const width = Number(extent);
    const [x, y] = [box.left - origin.left + width / 2, box.top - origin.top + width / 2];
    const data = rectangle(x, y, box.width - width, box.height - width);
    const stroke = { color: color!, width, dashes: [] };
    shapes.push({ kind: 'path', data, matrix: IDENTITY, fill: null, stroke, opacity: 1, clip: null });
  }
}

/** The line or the square in front of a legend's text is a pseudo-element, whose position the document does not tell. */
function captureMarker(element: HTMLElement, box: DOMRect, origin: DOMRect, shapes: Shape[]): void {
  const style = getComputedStyle(element, '::before');
  if (style.content === 'none' || style.content === 'normal' || !style.display.includes('block')) return;
  const [width, height] = [Number.parseFloat(style.width), Number.parseFloat(style.height) || 0];
  const border = Number.parseFloat(style.borderTopWidth);
  const color = style.borderTopColor;
  if (!(width > 0) || !isVisible(color)) return;
  const inset = style.position === 'absolute' ? Number.parseFloat(style.left) : 0;
  const x = box.left - origin.left + inset;
  const y = box.top - origin.top + box.height / 2;
  const isSquare = style.borderBottomStyle !== 'none' && Number.parseFloat(style.borderBottomWidth) > 0;
  const dashes = style.borderTopStyle === 'dashed' ? [6, 4] : style.borderTopStyle === 'dotted' ? [1.5, 3] : [];
  const data = isSquare
    ? rectangle(x + border / 2, y - height / 2 + border / 2, width - border, height - border)
    : `M${x},${y}L${x + width},${y}`;
  const fill = isSquare && isVisible(style.backgroundColor) ? style.backgroundColor : null;
  const stroke = { color, width: border, dashes };
  shapes.push({ kind: 'path', data, matrix: IDENTITY, fill, stroke, opacity: 1, clip: null });
}

/** Adds each line of the text, as the browser has broken it: between words, and after hyphens within them. */
function captureText(node: Text, style: CSSStyleDeclaration, origin: DOMRect, shapes: Shape[]): void {
  const range = document.createRange();
  const lines: { text: string; x: number; bottom: number; height: number }[] = [];
  const add = (index: number, text: string, isWhole: boolean) => {
    range.setStart(node, index);
    range.setEnd(node, index + text.trimEnd().length);
    const boxes = range.getClientRects();
    if (isWhole && boxes.length > 1) {
      [...text].reduce((at, character) => {
        add(at, character, false);
        return at + character.length;
      }, index);
      return;
    }
    const box = boxes[0];
    const line = lines.at(-1);
    if (line && (!box || Math.abs(line.bottom - box.bottom) < box.height / 2)) line.text += text;
    else if (box && box.width > 0)
      lines.push({ text, x: box.left - origin.left, bottom: box.bottom, height: box.height });
  };
  // Spaces that do not break are part of a word.
  for (const { 0: word, index } of node.data.matchAll(/[^ \t\r\n]+[ \t\r\n]*/g)) {
    add(index, word.replace(/[ \t\r\n]+$/, ' '), true);
  }
  const size = Number.parseFloat(style.fontSize);
  for (const { text, x, bottom, height } of lines) {
    // The box of a line has the ascent above the baseline and the descent, of about a fifth of the size, below.
    const baseline = bottom - origin.top - Math.max((height - size) / 2, 0) - size * 0.19;
    addText(text.trimEnd(), x, baseline, style, shapes);
  }
}

function addText(text: string, x: number, y: number, style: CSSStyleDeclaration, shapes: Shape[]): void {
  shapes.push({
    kind: 'text',
    text,
    x,
    y,
    rotation: 0,
    color: style.color,
    size: Number.parseFloat(style.fontSize),
    family: style.fontFamily,
    weight: style.fontWeight,
    italic: style.fontStyle === 'italic',
  });
}

function addRectangle(x: number, y: number, width: number, height: number, fill: string, shapes: Shape[]): void {
  const data = rectangle(x, y, width, height);
  shapes.push({ kind: 'path', data, matrix: IDENTITY, fill, stroke: null, opacity: 1, clip: null });
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${x},${y}L${x + width},${y}L${x + width},${y + height}L${x},${y + height}Z`;
}

function isVisible(color: string): boolean {
  return color !== 'transparent' && !/^rgba\(.*, 0\)$/.test(color);
}
