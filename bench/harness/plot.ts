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

/** Okabe and Ito's colours, input apart by colour-blind readers too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
const MARKS = [circle, square, diamond, triangle];

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

interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From the power of ten below the least value to that above the largest; ticks at each, and at 2 and 5 on a short axis. */
function logAxis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  const steps = high - low <= 3 ? [1, 2, 5] : [1];
  const decades = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return {
    at: (value) => round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
    ticks: decades.flatMap((k) => steps.map((step) => step * 10 ** k)).filter((tick) => tick <= 10 ** high * 1.001),
  };
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

function drawSeries({ points }: Series, index: number, x: Axis['at'], y: Axis['at']): string {
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

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

function markOf(index: number): (x: number, y: number) => string {
  return MARKS[index % MARKS.length]!;
}

function circle(x: number, y: number): string {
  return `<circle cx="${x}" cy="${y}" r="4"/>`;
}

function square(x: number, y: number): string {
  return `<path d="M${round(x - 3.5)} ${round(y - 3.5)}h7v7h-7z"/>`;
}

function diamond(x: number, y: number): string {
  return `<path d="M${x} ${round(y - 5)}l5 5-5 5-5-5z"/>`;
}

function triangle(x: number, y: number): string {
  return `<path d="M${x} ${round(y - 5)}l5 8.5h-10z"/>`;
}

/** 1000 as 1 k, 1 000 000 as 1 M. */
function tickText(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)} M`;
  if (value >= 1e3) return `${round(value / 1e3)} k`;
  return String(Number(value.toPrecision(3)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
