import type { BackendName } from '../src/engine/backends/backend.ts';
import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { type Service, startServiceWith } from '../test/harness/service-process.ts';
import { HUGE, LARGE, makeNumbers, type Size } from './batches.ts';
import { SAFETENSORS, safetensorsBody } from './binary-bodies.ts';
import type { Child } from './harness/child.ts';
import { type Contender, interleave, type Timings } from './harness/interleave.ts';
import type { Benchmark, Section } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { THREADS } from './harness/threads.ts';
import { timingTable } from './harness/timing-table.ts';

const BACKENDS: readonly BackendName[] = ['wasm', 'tensorflow', 'webgpu', 'cuda'];
const TURNS_MS = 20_000;
/** A backend that would need longer for one turn at the larger batch, judging by the smaller one, is left out there. */
const MAX_TURN_MS = 60_000;
/** A GPU emulated in software compiles the programs of the self-test for a minute, twice, and longer under load. */
const READY_WITHIN_MS = 600_000;
/** The longest that the settings allow. */
const REQUEST_TIMEOUT_MS = '3600000';
/** Of the five columns of times. */
const NO_FIGURES = ['', '', '', '', ''];

/** Every backend that this machine has, on the same batches. */
export const backends: Benchmark = {
  name: 'backends',
  title: `Engines side by side: loss, gradients and per-class sums, ${THREADS} threads`,
  run: measure,
};

interface RunningBackend {
  readonly name: BackendName;
  readonly kernel: Child;
  readonly service: Service;
}

async function measure(): Promise<Section> {
  const running: RunningBackend[] = [];
  const absent: string[] = [];
  for (const name of BACKENDS) {
    const kernel = await startServer('backend.ts', name);
    if (typeof kernel.hello.unavailableReason === 'string') {
      absent.push(`Left out: ${kernel.hello.unavailableReason}.`);
      await kernel.stop();
      continue;
    }
    const threads = String(THREADS);
    const service = await startServiceWith(
      { readyWithinMs: READY_WITHIN_MS },
      '--engine',
      name,
      '--engine-threads',
      threads,
      '--request-timeout-ms',
      REQUEST_TIMEOUT_MS,
    );
    running.push({ name, kernel, service });
  }
  const times = await timesOf(LARGE, running, 1);
  const { able, tooSlow } = fitFor(HUGE, running, times);
  const hugeTable = tableOf(HUGE, await timesOf(HUGE, able, 0));
  const tables = [tableOf(LARGE, times), { ...hugeTable, rows: [...hugeTable.rows, ...tooSlow] }];
  await Promise.all(running.flatMap(({ kernel, service }) => [kernel.stop(), service.stop()]));
  return {
    targets: [],
    tables,
    notes: [
      '"Kernel" is `engine.evaluate`, the transfer to its threads and back included, in a process of its own. "Request" is a ' +
        'safetensors file with float32 logits and int64 class indices, sent over loopback TCP to the built service, which ' +
        `responds with gradients and breakdown. The settings are the defaults except REQUEST_TIMEOUT_MS. After ${TURNS_MS / 1000} s ` +
        'of turns, the warm-up at the smaller size included, a competitor skips the other rounds. A competitor that would ' +
        `need more than ${MAX_TURN_MS / 1000} s for a turn at the larger size, by its time at the smaller, is left out there.`,
      ...running.map(({ name, kernel }) => `${name} ran on ${kernel.hello.device}.`),
      ...absent,
    ],
    versions: Object.assign({}, ...running.map(({ kernel }) => kernel.hello.versions)),
  };
}

async function timesOf(
  { samples, classes }: Size,
  running: readonly RunningBackend[],
  warmUp: number,
): Promise<Timings> {
  const request = post('/v1/focal-loss', SAFETENSORS, safetensorsBody(makeNumbers(samples, classes)));
  const contenders = running.flatMap(({ name, kernel, service }): Contender[] => [
    { name: `${name}, kernel`, run: async () => Number((await kernel.ask({ samples, classes })).ms) },
    { name: `${name}, request`, run: () => timeAlone(service, request) },
  ]);
  return interleave(contenders, { rounds: 9, warmUp, budgetMs: Number.POSITIVE_INFINITY, turnsMs: TURNS_MS });
}

function tableOf({ samples, classes }: Size, times: Timings) {
  return { ...timingTable(times, 'wasm, kernel'), caption: `${samples} × ${classes}:` };
}

/** The backends that are fast enough for a larger batch, and the rows that say why the others are left out. */
function fitFor({ samples, classes }: Size, running: readonly RunningBackend[], times: Timings) {
  const growth = (samples * classes) / (LARGE.samples * LARGE.classes);
  const expectedMs = ({ name }: RunningBackend) => growth * times.median(`${name}, kernel`);
  const able = running.filter((backend) => expectedMs(backend) <= MAX_TURN_MS);
  const tooSlow = running
    .filter((backend) => !able.includes(backend))
    .map((backend) => [
      `${backend.name}: left out, would take ${Math.round(expectedMs(backend) / 1000)} s a turn`,
      ...NO_FIGURES,
    ]);
  return { able, tooSlow };
}

/** On a connection of its own, opened before: one that waits for slower contenders would be closed as idle. */
async function timeAlone({ address }: Service, request: Buffer): Promise<number> {
  const connection = await Connection.open(address);
  return timeRequest(connection, request).finally(() => connection.close());
}
