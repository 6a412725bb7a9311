import { createInterface } from 'node:readline';
import type { BackendName } from '../../src/engine/backends/backend.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import { makeBatch, makeNumbers } from '../batches.ts';
import { timed } from '../interleave.ts';
import { evaluateOnce } from '../kernel.ts';
import { THREADS } from '../threads.ts';

// A process for the engine that its argument names: native libraries of several engines do not share one. Says what it
// runs on, or why it does not; then answers each { samples, classes } with the time of one evaluation of such a batch.

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
