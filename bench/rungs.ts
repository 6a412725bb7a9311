import type { RungName } from '../src/engine/rung.ts';
import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { type Service, startService } from '../test/harness/service-process.ts';
import { LARGE, makeNumbers } from './batches.ts';
import { SAFETENSORS, safetensorsBody } from './binary-bodies.ts';
import type { Child } from './child.ts';
import { type Contender, interleave } from './interleave.ts';
import type { Benchmark, Section } from './report.ts';
import { startServer } from './server.ts';
import { THREADS } from './threads.ts';
import { timingTable } from './timing-table.ts';

const RUNGS: readonly RungName[] = ['wasm', 'tensorflow', 'webgpu', 'cuda'];
/** 8 M elements and 64 M. */
const SIZES = [LARGE, { samples: 800_000, classes: 80 }] as const;
/** A device that needs minutes for the larger batch gets one turn at it. */
const TURNS_MS = 20_000;
/** The longest that the settings allow. */
const PATIENCE_MS = '3600000';

/** Every engine that this machine has, on the same batches. */
export const rungs: Benchmark = {
  name: 'rungs',
  title: `Engines side by side: loss, gradients and per-class sums, ${THREADS} threads`,
  run: measure,
};

interface RunningRung {
  readonly name: RungName;
  readonly kernel: Child;
  readonly service: Service;
}

async function measure(): Promise<Section> {
  const running: RunningRung[] = [];
  const absent: string[] = [];
  for (const name of RUNGS) {
    const kernel = await startServer('rung.ts', name);
    if (typeof kernel.hello.missing === 'string') {
      absent.push(`Left out: ${kernel.hello.missing}.`);
      await kernel.stop();
      continue;
    }
    const threads = String(THREADS);
    const service = await startService(
      '--engine',
      name,
      '--engine-threads',
      threads,
      '--request-timeout-ms',
      PATIENCE_MS,
    );
    running.push({ name, kernel, service });
  }
  const tables = [];
  for (const size of SIZES) tables.push(await timesOf(size, running));
  await Promise.all(running.flatMap(({ kernel, service }) => [kernel.stop(), service.stop()]));
  return {
    targets: [],
    tables,
    notes: [
      '"Kernel" is `engine.evaluate` with the trip to its threads and back, in a process of its own; "request" is a ' +
        'safetensors file over loopback TCP to the built service, float32 logits and int64 class indices in, gradients ' +
        `and breakdown back. The settings are the defaults, but for REQUEST_TIMEOUT_MS. After ${TURNS_MS / 1000} s of ` +
        'turns, one of them the warm-up at the smaller size, a contender sits out the other rounds.',
      ...running.map(({ name, kernel }) => `${name} ran on ${kernel.hello.device}.`),
      ...absent,
    ],
    versions: Object.assign({}, ...running.map(({ kernel }) => kernel.hello.versions)),
  };
}

async function timesOf({ samples, classes }: (typeof SIZES)[number], running: readonly RunningRung[]) {
  const request = post('/v1/focal-loss', SAFETENSORS, safetensorsBody(makeNumbers(samples, classes)));
  const contenders: Contender[] = [];
  for (const { name, kernel, service } of running) {
    contenders.push(
      { name: `${name}, kernel`, run: async () => Number((await kernel.ask({ samples, classes })).ms) },
      { name: `${name}, request`, run: () => timeAlone(service, request) },
    );
  }
  const warmUp = samples === LARGE.samples ? 1 : 0;
  const plan = { rounds: 9, warmUp, budgetMs: Number.POSITIVE_INFINITY, turnsMs: TURNS_MS };
  const times = await interleave(contenders, plan);
  return { ...timingTable(times, 'wasm, kernel'), caption: `${samples} × ${classes}:` };
}

/** On a connection of its own, opened before: one that waits for slower contenders would be closed as idle. */
async function timeAlone({ address }: Service, request: Buffer): Promise<number> {
  const connection = await Connection.open(address);
  return timeRequest(connection, request).finally(() => connection.close());
}
