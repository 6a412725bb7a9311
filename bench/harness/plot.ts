import { type LogAxis, logAxis, tickText } from './log-axis.ts';
import { colourOf, markOf } from './series-mark.ts';

export interface Series {
  readonly name: string;
  /** x and y, both positive, in the order of x. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Plot {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const WIDTH = 800;
const HEIGHT = 480;
const LEFT = 76;
const RIGHT = 150;
const TOP = 70;
const BOTTOM = 60;

/** Draws lines over two logarithmic axes as an SVG of its own. */
export function logLogPlot({ title, subtitle, xLabel, yLabel, series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const x = logAxis(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = logAxis(
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  );
  const middleX = (LEFT + WIDTH - RIGHT) / 2;
  const middleY = (TOP + HEIGHT - BOTTOM) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#333">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="30" font-size="17" font-weight="600">${title}</text>`,
    `<text x="${LEFT}" y="51" fill="#666">${subtitle}</text>`,
    ...x.ticks.map((tick) => verticalLine(x.at(tick), tick)),
    ...y.ticks.map((tick) => horizontalLine(y.at(tick), tick)),
    `<text x="${middleX}" y="${HEIGHT - 14}" text-anchor="middle">${xLabel}</text>`,
    `<text transform="translate(20 ${middleY}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
    ...series.map((each, i) => drawSeries(each, i, x.at, y.at)),
    ...series.map((each, i) => legendEntry(each, i)),
    '</svg>',
    '',
  ].join('\n');
}

function verticalLine(x: number, tick: number): string {
  const bottom = HEIGHT - BOTTOM;
  return (
    `<path d="M${x} ${TOP}V${bottom}" stroke="#e3e3e3"/>` +
    `<text x="${x}" y="${bottom + 19}" text-anchor="middle">${tickText(tick)}</text>`
  );
}

function horizontalLine(y: number, tick: number): string {
  return (
    `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#e3e3e3"/>` +
    `<text x="${LEFT - 8}" y="${y + 4.5}" text-anchor="end">${tickText(tick)}</text>`
  );
}

function drawSeries({ points }: Series, index: number, x: LogAxis['at'], y: LogAxis['at']): string {
  const places = points.map(([px, py]) => [x(px), y(py)] as const);
  const line = places.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px} ${py}`).join('');
  const marks = places.map(([px, py]) => markOf(index)(px, py)).join('');
  const colour = colourOf(index);
  return `<g fill="${colour}"><path d="${line}" fill="none" stroke="${colour}" stroke-width="2"/>${marks}</g>`;
}

function legendEntry({ name }: Series, index: number): string {
  const x = WIDTH - RIGHT + 18;
  const y = TOP + 14 + 24 * index;
  const colour = colourOf(index);
  return (
    `<g fill="${colour}"><path d="M${x} ${y}h24" stroke="${colour}" stroke-width="2"/>${markOf(index)(x + 12, y)}</g>` +
    `<text x="${x + 32}" y="${y + 4.5}">${name}</text>`
  );
}
