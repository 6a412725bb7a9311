import { type DotSeries, dotPlot } from '../harness/dot-plot.ts';
import { THREADS } from '../harness/threads.ts';
import { COMPILED, EAGER, ENGINE, FASTAPI, type MeasuredMode, WHOLE } from './measure-mode.ts';

/** In process filled, over HTTP hollow; what is compared has neighbouring places. */
const SERIES: readonly DotSeries[] = [
  { name: EAGER, style: 1 },
  { name: COMPILED, style: 2 },
  { name: ENGINE, style: 0 },
  { name: FASTAPI, style: 3, isHollow: true },
  { name: WHOLE, style: 0, isHollow: true },
];

export function plotModes(rows: readonly MeasuredMode[]): string {
  return dotPlot({
    title: 'Every way to ask, beside PyTorch',
    subtitle: `Loss and gradients, ${THREADS} threads; filled: in process, hollow: over HTTP. Left is faster.`,
    xLabel: 'milliseconds',
    series: SERIES,
    rows: rows.map(({ name, times }) => ({
      name,
      values: SERIES.map((each) => (times.has(each.name) ? times.median(each.name) : undefined)),
    })),
  });
}
