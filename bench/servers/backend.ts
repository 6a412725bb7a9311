import { createInterface } from 'node:readline';
import type { BackendName } from '../../src/engine/backends/backend.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import { makeBatch, makeNumbers } from '../batches.ts';
import { timed } from '../harness/interleave.ts';
import { THREADS } from '../harness/threads.ts';
import { evaluateOnce } from '../kernel.ts';

// A process for the backend that its argument names, because native libraries of several backends do not share one. It
// prints what it runs on, or why it does not run; then it answers each { samples, classes } with the time of one evaluation of such a batch.

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const engine = startEngine({ engine: process.argv[2] as BackendName, threads: THREADS, queueLimit: 1 });
const started = await engine.ready.catch((error: Error) => error);
if (started instanceof Error) say({ unavailableReason: started.message });
else {
  say({ device: started.device, versions: started.versions });
  let size = '';
  let batch = makeBatch(makeNumbers(1, 1), 1, 1);
  for await (const line of createInterface(process.stdin)) {
    if (line !== size) {
      const { samples, classes } = JSON.parse(line) as { samples: number; classes: number };
      batch = makeBatch(makeNumbers(samples, classes), samples, classes);
      size = line;
    }
    say({ ms: await timed(() => evaluateOnce(engine, batch)) });
  }
}
await engine.close();
process.exit(); // Dawn keeps a process alive.
