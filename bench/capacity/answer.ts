import { parseArgs } from 'node:util';
import { renderTable } from '../../test/harness/table.ts';
import { forecast, type Load, type ReplicaThroughput, replicasNeeded } from './model.ts';
import { readThroughput } from './throughput.ts';

const OPTIONS = {
  jobs: { type: 'string' },
  'step-ms': { type: 'string' },
  batch: { type: 'string' },
  'alone-ms': { type: 'string' },
  'most-per-second': { type: 'string' },
  'busy-percent': { type: 'string', default: '60' },
} as const;

type Values = Partial<Record<keyof typeof OPTIONS, string>>;

/**
 * What a fleet gives to jobs, and how many replicas they need, as text: for the arguments of `npm run capacity`.
 *
 * @throws {Error} that names the argument that is wrong
 */
export function capacityAnswer(args: readonly string[]): string {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const load = { jobs: Math.round(positive(values, 'jobs')), stepMs: positive(values, 'step-ms') };
  return render(throughputOf(values), load, percentage(values, 'busy-percent'));
}

function positive(values: Values, name: keyof Values): number {
  const value = Number(values[name]);
  if (value > 0 && value < Infinity) return value;
  throw new Error(`expected --${name} with a positive number, got ${values[name] ?? 'nothing'}`);
}

function percentage(values: Values, name: keyof Values): number {
  const value = positive(values, name);
  if (value <= 100) return value;
  throw new Error(`expected --${name} of 100 or less, got ${value}`);
}

function throughputOf(values: Values): ReplicaThroughput {
  if (values.batch === undefined) {
    return { aloneMs: positive(values, 'alone-ms'), maxPerSecond: positive(values, 'most-per-second') };
  }
  const throughputs = readThroughput();
  const throughput = throughputs.get(values.batch);
  if (throughput) return throughput;
  throw new Error(`expected --batch with any of ${[...throughputs.keys()].join(', ')}, got ${values.batch}`);
}

function render(throughput: ReplicaThroughput, load: Load, busyPercent: number): string {
  const needed = replicasNeeded(throughput, load, busyPercent / 100);
  const around = [needed - 2, needed - 1, needed, needed + 1].filter((replicas) => replicas > 0);
  const table = renderTable({
    columns: ['replicas', 'batches/s', 'busy'],
    rows: around.map((replicas) => {
      const { batchesPerSecond, utilisation } = forecast({ ...throughput, replicas }, load);
      return [String(replicas), batchesPerSecond.toFixed(0), `${(100 * utilisation).toFixed(0)} %`];
    }),
  });
  return [
    `${load.jobs} jobs, steps of ${load.stepMs} ms; a batch takes ${throughput.aloneMs} ms alone, a replica does ${throughput.maxPerSecond} a second`,
    table,
    `replicas that are busy for ${busyPercent} % of the time at most: ${needed}`,
  ]
    .join('\n\n')
    .concat('\n');
}
