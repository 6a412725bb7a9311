import { accuracy } from './accuracy.ts';
import { capacity } from './capacity.ts';
import { gpu } from './gpu.ts';
import { json } from './json.ts';
import { kernel } from './kernel.ts';
import { memory } from './memory.ts';
import { type Benchmark, renderSection } from './report.ts';
import { request } from './request.ts';
import { updateResults } from './results-file.ts';
import { rungs } from './rungs.ts';
import { scale } from './scale.ts';
import { sweep } from './sweep.ts';

// npm run bench [-- NAME …]: runs the benchmarks one after another, prints each and writes it to RESULTS.md.

const BENCHMARKS: readonly Benchmark[] = [accuracy, kernel, rungs, gpu, request, json, sweep, memory, scale, capacity];
const names = BENCHMARKS.map(({ name }) => name);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));

if (unknown.length > 0) {
  process.stderr.write(`expected any of ${names.join(', ')}, got ${unknown.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const benchmark of BENCHMARKS) {
    if (asked.length > 0 && !asked.includes(benchmark.name)) continue;
    const missing = benchmark.missing?.();
    if (missing !== undefined) {
      process.stderr.write(`${benchmark.name}: left out, ${missing}\n`);
      continue;
    }
    process.stderr.write(`${benchmark.name} …\n`);
    const text = renderSection(benchmark, await benchmark.run());
    process.stdout.write(`\n${text}\n\n`);
    await updateResults(benchmark.name, text, names);
    benchmark.written?.();
  }
}
