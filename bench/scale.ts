import { writeFile } from 'node:fs/promises';
import type { Engine } from '../src/engine/engine.ts';
import { startEngine } from '../src/engine/engine-pool.ts';
import { median } from '../test/harness/median.ts';
import { makeBatch, makeNumbers } from './batches.ts';
import { timed } from './interleave.ts';
import { evaluateOnce } from './kernel.ts';
import { logLogPlot, type Series } from './plot.ts';
import type { Benchmark, Section } from './report.ts';
import { THREADS } from './threads.ts';

const PLOT = new URL('scale.svg', import.meta.url);

const ELEMENTS = [1e3, 3.2e3, 1e4, 3.2e4, 1e5, 3.2e5, 1e6, 3.2e6, 1e7, 3.2e7];
const CLASSES = [1, 80, 1000, 20_000];

/** Each point is measured for so long, but at least this often and at most that often. */
const POINT_MS = 300;
const FEWEST = 3;
const MOST = 500;

/** What an element costs as batches grow, and as classes do. */
export const scale: Benchmark = {
  name: 'scale',
  title: 'Cost as work grows',
  run: measure,
};

async function measure(): Promise<Section> {
  const engine = startEngine({ engine: 'auto', threads: THREADS, queueLimit: 1 });
  const { name, versions } = await engine.ready;
  const series: Series[] = [];
  for (const classes of CLASSES) {
    const points: [number, number][] = [];
    for (const elements of ELEMENTS.filter((each) => each >= classes)) {
      const samples = Math.round(elements / classes);
      points.push([samples * classes, await nanosecondsPerElement(engine, samples, classes)]);
    }
    series.push({ name: classes === 1 ? '1 class' : `${classes.toLocaleString('en')} classes`, points });
  }
  await engine.close();
  await writeFile(
    PLOT,
    logLogPlot({
      title: 'Time per element: loss, gradients and per-class sums',
      subtitle: `engine.evaluate, sigmoid, class indices, ${THREADS} threads`,
      xLabel: 'elements in the batch',
      yLabel: 'nanoseconds per element',
      series,
    }),
  );
  return {
    targets: [],
    tables: [
      {
        caption: '![Time per element over elements, by number of classes](scale.svg)\n\nNanoseconds per element:',
        columns: ['elements', ...series.map((each) => each.name)],
        rows: ELEMENTS.map((elements) => [
          elements.toLocaleString('en'),
          ...series.map((each) => cellOf(each, elements)),
        ]),
      },
    ],
    notes: [
      'Medians of `engine.evaluate`, the transfer to the threads and back included, with loss, gradients and per-class ' +
        'sums of class indices under sigmoid. With one class every label is positive. Elements are rounded to whole samples.',
    ],
    versions: { engine: name, ...versions },
  };
}

async function nanosecondsPerElement(engine: Engine, samples: number, classes: number): Promise<number> {
  const batch = makeBatch(makeNumbers(samples, classes), samples, classes);
  await evaluateOnce(engine, batch);
  const times: number[] = [];
  const start = performance.now();
  while (times.length < FEWEST || (times.length < MOST && performance.now() - start < POINT_MS)) {
    times.push(await timed(() => evaluateOnce(engine, batch)));
  }
  return (1e6 * median(times)) / (samples * classes);
}

/** The point that was measured for so many elements; a series lacks the first ones, where a sample has more. */
function cellOf({ points }: Series, elements: number): string {
  const point = points.at(ELEMENTS.indexOf(elements) - ELEMENTS.length);
  return point === undefined ? '–' : point[1].toPrecision(3);
}
