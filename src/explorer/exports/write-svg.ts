import type { Drawing, Shape } from './drawing.ts';
import { escapeMarkup } from './escape-markup.ts';

let clipCount = 0;

/** An SVG file that needs nothing else: no styles, no scripts, no fonts of its own. */
export function writeSvg({ width, height, background, title, description, shapes }: Drawing): string {
  const clips = new Map<string, string>();
  const body = shapes.map((shape) => writeShape(shape, clips)).join('\n');
  const definitions = [...clips].map(([box, id]) => `<clipPath id="${id}"><rect ${box}/></clipPath>`).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(`${title}. ${description}`)}">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<desc>${escapeMarkup(description)}</desc>`,
    ...(definitions === '' ? [] : [`<defs>${definitions}</defs>`]),
    `<rect width="${width}" height="${height}" fill="${escapeMarkup(background)}"/>`,
    body,
    '</svg>\n',
  ].join('\n');
}

function writeShape(shape: Shape, clips: Map<string, string>): string {
  if (shape.kind === 'text') {
    const { text, x, y, rotation, color, size, family, weight, italic } = shape;
    const turned = Math.abs(rotation) < 0.01 ? '' : ` transform="rotate(${round(rotation)} ${round(x)} ${round(y)})"`;
    const style = `${weight === '400' ? '' : ` font-weight="${weight}"`}${italic ? ' font-style="italic"' : ''}`;
    return `<text x="${round(x)}" y="${round(y)}" font-family="${escapeMarkup(family)}" font-size="${size}"${style} fill="${escapeMarkup(color)}" xml:space="preserve"${turned}>${escapeMarkup(text)}</text>`;
  }
  const { data, matrix, fill, stroke, opacity, clip } = shape;
  const isMoved = matrix.some((value, i) => Math.abs(value - [1, 0, 0, 1, 0, 0][i]!) > 1e-6);
  const path = [
    `<path d="${escapeMarkup(data)}"`,
    isMoved ? `transform="matrix(${matrix.map(round).join(' ')})"` : '',
    `fill="${escapeMarkup(fill ?? 'none')}"`,
    stroke ? `stroke="${escapeMarkup(stroke.color)}" stroke-width="${stroke.width}" stroke-linejoin="round"` : '',
    stroke && stroke.dashes.length > 0 ? `stroke-dasharray="${stroke.dashes.join(' ')}"` : '',
    opacity === 1 ? '' : `opacity="${opacity}"`,
  ];
  const element = `${path.filter(Boolean).join(' ')}/>`;
  if (!clip) return element;
  const box = `x="${round(clip.x)}" y="${round(clip.y)}" width="${round(clip.width)}" height="${round(clip.height)}"`;
  let id = clips.get(box);
  if (id === undefined) {
    // Ids are those of the whole document, and a report has many pictures.
    clipCount += 1;
    id = `clip-${clipCount}`;
    clips.set(box, id);
  }
  return `<g clip-path="url(#${id})">${element}</g>`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
