import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { accuracy } from './accuracy.ts';
import { backends } from './backends.ts';
import { capacity } from './capacity.ts';
import { explorer } from './explorer.ts';
import { gpu } from './gpu.ts';
import { type Benchmark, renderSection } from './harness/report.ts';
import { updateResults } from './harness/results-file.ts';
import { TOY } from './harness/toy.ts';
import { json } from './json.ts';
import { kernel } from './kernel.ts';
import { local } from './local.ts';
import { memory } from './memory.ts';
import { modes } from './modes.ts';
import { request } from './request.ts';
import { scale } from './scale.ts';
import { small } from './small.ts';
import { sweep } from './sweep.ts';

const BENCHMARKS: readonly Benchmark[] = [
  accuracy,
  kernel,
  modes,
  backends,
  gpu,
  request,
  local,
  json,
  small,
  sweep,
  memory,
  scale,
  capacity,
  explorer,
];
const names = BENCHMARKS.map(({ name }) => name);

const HELP = `npm run bench [-- NAME …]

Runs the benchmarks one after another, or those that are named, prints the results of each and writes them to
bench/RESULTS.md: ${names.join(', ')}.

The Python competitors take part where bench/setup has installed them, or where COMPETITORS_PYTHON names an interpreter
that has the packages of bench/requirements.txt. With BENCH_TOY=1 every benchmark runs once at a size that takes
seconds, to see that it runs at all, and nothing is written. With ROWS=TEXT,… \`modes\` and \`local\` measure only the rows whose
names contain one of the texts, and write nothing.
`;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
const unknown = positionals.filter((name) => !names.includes(name));

if (values.help) {
  process.stdout.write(HELP);
} else if (unknown.length > 0) {
  process.stderr.write(`expected any of ${names.join(', ')}, got ${unknown.join(', ')}\n`);
  process.exitCode = 2;
} else {
  const selected = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const benchmark of selected) await runBenchmark(benchmark);
}

async function runBenchmark(benchmark: Benchmark): Promise<void> {
  const reason = benchmark.unavailable?.();
  if (reason !== undefined) {
    process.stderr.write(`${benchmark.name}: skipped, ${reason}\n`);
    return;
  }
  process.stderr.write(`${benchmark.name} …\n`);
  const section = await benchmark.run();
  const text = renderSection(benchmark, section);
  process.stdout.write(`\n${text}\n\n`);
  if (TOY || section.isPartial) return;
  for (const { url, content } of section.files ?? []) await writeFile(url, content);
  await updateResults(benchmark.name, text, names);
  benchmark.updatePages?.();
}
