import type { Engine } from '../src/engine/engine.ts';
import { startEngine } from '../src/engine/engine-pool.ts';
import { median } from '../test/harness/median.ts';
import { makeBatch, makeNumbers } from './batches.ts';
import { timed } from './harness/interleave.ts';
import { logLogPlot, type Series } from './harness/plot.ts';
import type { Benchmark, Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { unlessToy } from './harness/toy.ts';
import { evaluateOnce } from './kernel.ts';

const PLOT = new URL('scale.svg', import.meta.url);

const ELEMENTS = unlessToy([1e3, 3.2e3, 1e4, 3.2e4, 1e5, 3.2e5, 1e6, 3.2e6, 1e7, 3.2e7], [1e3, 3.2e4]);
const CLASSES = [1, 80, 1000, 20_000];

/** Each point is measured for so long, but at least this often and at most that often. */
const POINT_MS = unlessToy(300, 0);
const MIN_SAMPLES = 3;
const MAX_SAMPLES = 500;

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
  const plot = logLogPlot({
    title: 'Time per element: loss, gradients and per-class sums',
    subtitle: `engine.evaluate, sigmoid, class indices, ${THREADS} threads`,
    xLabel: 'elements in the batch',
    yLabel: 'nanoseconds per element',
    series,
  });
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
    files: [{ url: PLOT, content: plot }],
  };
}

async function nanosecondsPerElement(engine: Engine, samples: number, classes: number): Promise<number> {
  const batch = makeBatch(makeNumbers(samples, classes), samples, classes);
  await evaluateOnce(engine, batch);
  const times: number[] = [];
  const start = performance.now();
  while (times.length < MIN_SAMPLES || (times.length < MAX_SAMPLES && performance.now() - start < POINT_MS)) {
    times.push(await timed(() => evaluateOnce(engine, batch)));
  }
  return (1e6 * median(times)) / (samples * classes);
}

/** The point that was measured for so many elements; a series lacks the first ones, where a sample has more. */
function cellOf({ points }: Series, elements: number): string {
  const point = points.at(ELEMENTS.indexOf(elements) - ELEMENTS.length);
  return point === undefined ? '–' : point[1].toPrecision(3);
}
