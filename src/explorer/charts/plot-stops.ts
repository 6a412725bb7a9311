import type { CursorStops } from './chart-cursor.ts';
import type { Plot } from './plot.ts';

/** A plot, and the values of y that are marked in it at a stop. */
export interface MarkedPlot {
  readonly plot: Plot;
  readonly valuesAt: (stop: number) => readonly number[];
}

/**
 * The stops of plots that share their x axis: all are marked at the same x.
 *
 * @param positions of the stops on the x axis, ascending
 */
export function plotStops(
  plots: readonly MarkedPlot[],
  positions: readonly number[],
  describe: (stop: number) => string,
): CursorStops {
  return {
    count: positions.length,
    first: Math.floor(positions.length / 2),
    stopAt({ target, clientX }) {
      const at = plots.find(({ plot }) => target instanceof Node && plot.svg.contains(target))?.plot.xAt(clientX);
      return at === undefined ? null : nearest(positions, at);
    },
    describe,
    mark(stop) {
      for (const { plot, valuesAt } of plots) {
        if (stop === null) plot.mark(null, []);
        else plot.mark(positions[stop]!, valuesAt(stop));
      }
    },
  };
}

function nearest(positions: readonly number[], x: number): number {
  let found = 0;
  positions.forEach((position, i) => {
    if (Math.abs(position - x) < Math.abs(positions[found]! - x)) found = i;
  });
  return found;
}
