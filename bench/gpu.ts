import type { BackendName } from '../src/engine/backends/backend.ts';
import { cudaUnavailableReason } from '../src/engine/backends/tensorflow/availability.ts';
import { webgpuUnavailableReason } from '../src/engine/backends/webgpu/availability.ts';
import type { Table } from '../test/harness/table.ts';
import { HUGE, LARGE, type Size } from './batches.ts';
import type { Child, Message } from './harness/child.ts';
import {
  competitorsInstalled,
  NOT_INSTALLED,
  startCompetitor,
  startTorchvision,
  versionsOf,
} from './harness/competitor.ts';
import { type Contender, interleave, type Timings } from './harness/interleave.ts';
import type { Benchmark, Section } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { timingTable } from './harness/timing-table.ts';

/** The backends on a GPU, stage by stage, and PyTorch with the same batches. */
export const gpu: Benchmark = {
  name: 'gpu',
  title: 'On the GPU: loss, gradients and per-class sums, stage by stage',
  unavailable() {
    const [cuda, webgpu] = [cudaUnavailableReason(), webgpuUnavailableReason(false)];
    return cuda !== undefined && webgpu !== undefined ? `${cuda}; ${webgpu}` : undefined;
  },
  run: () => measureOn({ backends: ['cuda', 'webgpu'], device: 'cuda', sizes: [LARGE, HUGE] }),
};

export interface Subject {
  readonly backends: readonly BackendName[];
  /** As torch calls it. */
  readonly device: 'cuda' | 'cpu';
  readonly sizes: readonly Size[];
  /** Whether devices in software take part, to try the benchmark. */
  readonly software?: boolean;
}

interface RunningBackend {
  readonly name: BackendName;
  readonly stages: Child;
}

/** The times behind the tables. */
export interface Measurement {
  readonly size: Size;
  /** Of every round, in milliseconds, by what was timed. */
  readonly milliseconds: Readonly<Record<string, readonly number[]>>;
}

const STAGES = {
  upload: 'upload',
  kernel: 'kernel',
  download: 'download',
  kernelInRow: 'one kernel of many in a row',
  copyInRow: 'one copy of many in a row',
} as const;
const UPLOAD = 'torch, upload';
const COPY = 'torch, copy of the logits on the device';
const EAGER = 'torch, eager';
const COMPILED = 'torch, torch.compile';

/** Compares backends and torch on one device. */
export async function measureOn({
  backends,
  device,
  sizes,
  software = false,
}: Subject): Promise<Section & { readonly measurements: readonly Measurement[] }> {
  const running: RunningBackend[] = [];
  const notes: string[] = [];
  for (const name of backends) {
    const stages = await startServer('stages.ts', name, ...(software ? ['software'] : []));
    if (typeof stages.hello.unavailableReason === 'string') {
      notes.push(`Left out: ${name}, ${stages.hello.unavailableReason}.`);
      await stages.stop();
      continue;
    }
    notes.push(`${name} ran on ${stages.hello.device}.`);
    running.push({ name, stages });
  }
  const tables: Table[] = [];
  const measurements: Measurement[] = [];
  const versions: Record<string, string> = Object.assign({}, ...running.map(({ stages }) => stages.hello.versions));
  for (const size of sizes) {
    const competitors = await startCompetitors(size, device, notes);
    const ours = running.flatMap((backend) => stageContenders(backend, size));
    const times = await interleave([...ours, ...competitors.contenders], { rounds: 15, warmUp: 2, budgetMs: 120_000 });
    await Promise.all(competitors.children.map((child) => child.stop()));
    Object.assign(versions, versionsOf(...competitors.children));
    const reference = times.names.find((name) => name.endsWith(', kernel')) ?? times.names[0];
    if (reference === undefined) continue;
    measurements.push({ size, milliseconds: Object.fromEntries(times.names.map((name) => [name, times.of(name)])) });
    const caption = `${size.samples} × ${size.classes}:`;
    tables.push({ ...timingTable(times, reference), caption }, bandwidthTable(times, size));
  }
  await Promise.all(running.map(({ stages }) => stages.stop()));
  return {
    targets: [],
    tables,
    notes: [
      'Upload: float32 logits and int32 class indices from memory that is not pinned. Kernel: from tensors on the device to ' +
        'sums on the host and gradients on the device. Download: the gradients. Each stage is timed until the device is done, ' +
        'over all calls that the batch needs; many in a row wait only for the last. For torch, logits and one-hot targets are ' +
        'on the device already, and it computes no per-class sums.',
      ...new Set(notes),
    ],
    versions,
    measurements,
  };
}

/** What a process answers to one question, stage by stage. */
function stageContenders({ name, stages }: RunningBackend, size: Size): Contender[] {
  let latest: Message = {};
  return Object.entries(STAGES).map(([stage, what], i) => ({
    name: `${name}, ${what}`,
    async run() {
      if (i === 0) latest = await stages.ask({ ...size });
      return Number(latest[stage]);
    },
  }));
}

async function startCompetitors(size: Size, device: 'cpu' | 'cuda', notes: string[]) {
  const children: Child[] = [];
  const contenders: Contender[] = [];
  const add = async (starting: Promise<Child>, answers: Readonly<Record<string, string>>) => {
    // What torch.compile needs beside torch, such as a C compiler, may be missing.
    const child = await starting.catch((error: Error) => error);
    const reason = child instanceof Error ? child.message : child.hello.unavailableReason;
    if (reason !== undefined) notes.push(`Left out: ${Object.keys(answers).join(', ')}: ${reason}.`);
    if (child instanceof Error) return;
    children.push(child);
    if (reason !== undefined) return;
    for (const [name, answer] of Object.entries(answers)) {
      contenders.push({ name, run: async () => Number((await child.ask({}))[answer]) });
    }
  };
  if (!competitorsInstalled()) {
    notes.push(NOT_INSTALLED);
    return { children, contenders };
  }
  const transfer = startCompetitor('transfer.py', String(size.samples), String(size.classes), device);
  await add(transfer, { [UPLOAD]: 'upload', [COPY]: 'copy' });
  if (contenders.length === 0) return { children, contenders };
  await add(startTorchvision('eager', size, device), { [EAGER]: 'ms' });
  await add(startTorchvision('compile', size, device), { [COMPILED]: 'ms' });
  return { children, contenders };
}

/** The least that has to move: logits in, gradients out. A copy of the logits moves as much. */
function bandwidthTable(times: Timings, { samples, classes }: Size): Table {
  const bytes = 8 * samples * classes;
  const names = times.names.filter((name) => /kernel|copy|eager|compile/.test(name));
  const copies = names.filter((name) => name.includes('copy'));
  const fastest = copies.reduce((best, name) => (times.median(name) < times.median(best) ? name : best));
  return {
    caption: 'The memory bandwidth that they reach, counting each logit and each gradient once:',
    columns: ['what', 'GB/s', 'of that of the fastest copy'],
    rows: names.map((name) => [
      name,
      (bytes / times.median(name) / 1e6).toPrecision(3),
      `${((100 * times.median(fastest)) / times.median(name)).toPrecision(3)} %`,
    ]),
  };
}
