import { logAxis, round, tickText } from './log-axis.ts';
import { colourOf, markOf } from './series-mark.ts';

export interface DotSeries {
  readonly name: string;
  /** Its colour and mark; series of one style differ in whether they are hollow. */
  readonly style: number;
  readonly isHollow?: boolean;
}

export interface DotPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly series: readonly DotSeries[];
  /** From top to bottom; the values are positive and in the order of the series, undefined where there is none. */
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

const WIDTH = 920;
const LEFT = 302;
const RIGHT = 24;
const TOP = 106;
const BOTTOM = 54;
const ROW = 25;
const LEGEND_STEP = 121;

/** Draws a line per row with a mark per series, over one logarithmic axis, as an SVG of its own. */
export function dotPlot({ title, subtitle, xLabel, series, rows }: DotPlot): string {
  const bottom = TOP + ROW * rows.length;
  const values = rows.flatMap((row) => row.values.filter((value) => value !== undefined));
  const axis = logAxis(values, LEFT, WIDTH - RIGHT);
  const placeOf = (row: number) => TOP + ROW * (row + 0.5);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + BOTTOM}" font-family="system-ui, sans-serif" font-size="13" fill="#333">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${bottom + BOTTOM}" fill="#fff"/>`,
    `<text x="24" y="30" font-size="17" font-weight="600">${title}</text>`,
    `<text x="24" y="51" fill="#666">${subtitle}</text>`,
    ...series.map((each, i) => legendEntry(each, LEFT + LEGEND_STEP * i)),
    ...axis.ticks.map((tick) => verticalLine(axis.at(tick), bottom, tick)),
    ...rows.map(({ name }, i) => rowLine(name, placeOf(i))),
    ...rows.map((row, i) =>
      row.values.map((value, s) => mark(series[s]!, value && axis.at(value), placeOf(i))).join(''),
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + 42}" text-anchor="middle">${xLabel}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function legendEntry(series: DotSeries, x: number): string {
  return `${mark(series, x + 5, 80)}<text x="${x + 16}" y="84.5">${series.name}</text>`;
}

function verticalLine(x: number, bottom: number, tick: number): string {
  return (
    `<path d="M${x} ${TOP}V${bottom}" stroke="#e3e3e3"/>` +
    `<text x="${x}" y="${bottom + 19}" text-anchor="middle">${tickText(tick)}</text>`
  );
}

function rowLine(name: string, y: number): string {
  return (
    `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#efefef"/>` +
    `<text x="${LEFT - 10}" y="${round(y + 4.5)}" text-anchor="end">${name}</text>`
  );
}

function mark({ style, isHollow = false }: DotSeries, x: number | undefined, y: number): string {
  if (x === undefined) return '';
  const colour = colourOf(style);
  const paint = isHollow ? `fill="#fff" stroke="${colour}" stroke-width="2"` : `fill="${colour}"`;
  return `<g ${paint}>${markOf(style)(x, y)}</g>`;
}
