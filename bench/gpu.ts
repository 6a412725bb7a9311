import type { BackendName } from '../src/engine/backends/backend.ts';
import { cudaUnavailableReason } from '../src/engine/backends/tensorflow/availability.ts';
import { webgpuUnavailableReason } from '../src/engine/backends/webgpu/availability.ts';
import type { Table } from '../test/harness/table.ts';
import { HUGE, LARGE, type Size } from './batches.ts';
import type { Child } from './harness/child.ts';
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
}

const STAGES = ['upload', 'kernel', 'download'] as const;
const UPLOAD = 'torch, upload';
const COPY = 'torch, copy of the logits on the device';
const EAGER = 'torchvision, eager';
const COMPILED = 'torchvision, torch.compile';

/** Compares backends and torch on one device. */
export async function measureOn({ backends, device, sizes }: Subject): Promise<Section> {
  const running: { readonly name: BackendName; readonly stages: Child }[] = [];
  const notes: string[] = [];
  for (const name of backends) {
    const stages = await startServer('stages.ts', name);
    if (typeof stages.hello.unavailableReason === 'string') {
      notes.push(`Left out: ${name}, ${stages.hello.unavailableReason}.`);
      await stages.stop();
      continue;
    }
    notes.push(`${name} ran on ${stages.hello.device}.`);
    running.push({ name, stages });
  }
  const tables: Table[] = [];
  const versions: Record<string, string> = Object.assign({}, ...running.map(({ stages }) => stages.hello.versions));
  for (const size of sizes) {
    const competitors = await startCompetitors(size, device, notes);
    const ours = running.flatMap(({ name, stages }) =>
      STAGES.map(
        (stage): Contender => ({
          name: `${name}, ${stage}`,
          run: async () => Number((await stages.ask({ ...size }))[stage]),
        }),
      ),
    );
    const times = await interleave([...ours, ...competitors.contenders], { rounds: 15, warmUp: 2, budgetMs: 120_000 });
    await Promise.all(competitors.children.map((child) => child.stop()));
    Object.assign(versions, versionsOf(...competitors.children));
    const reference = times.names.find((name) => name.endsWith('kernel')) ?? times.names[0];
    if (reference === undefined) continue;
    const caption = `${size.samples} × ${size.classes}:`;
    tables.push({ ...timingTable(times, reference), caption }, ...bandwidthTables(times, size));
  }
  await Promise.all(running.map(({ stages }) => stages.stop()));
  return {
    targets: [],
    tables,
    notes: [
      'Upload: float32 logits and int32 class indices from memory that is not pinned. Kernel: from tensors on the device to ' +
        'sums on the host and gradients on the device. Download: the gradients. Each stage is timed until the device is done, ' +
        'over all calls that the batch needs. For torchvision, logits and one-hot targets are on the device already, and ' +
        'it computes no per-class sums.',
      ...new Set(notes),
    ],
    versions,
  };
}

async function startCompetitors(size: Size, device: 'cpu' | 'cuda', notes: string[]) {
  const none = { children: [], contenders: [] };
  if (!competitorsInstalled()) {
    notes.push(NOT_INSTALLED);
    return none;
  }
  const transfer = await startCompetitor('transfer.py', String(size.samples), String(size.classes), device);
  if (typeof transfer.hello.unavailableReason === 'string') {
    notes.push(`Left out: ${transfer.hello.unavailableReason}.`);
    await transfer.stop();
    return none;
  }
  const eager = await startTorchvision('eager', size, device);
  const compiled = await startTorchvision('compile', size, device);
  const contender = (name: string, competitor: Child, answer: string): Contender => ({
    name,
    run: async () => Number((await competitor.ask({}))[answer]),
  });
  return {
    children: [transfer, eager, compiled],
    contenders: [
      contender(UPLOAD, transfer, 'upload'),
      contender(COPY, transfer, 'copy'),
      contender(EAGER, eager, 'ms'),
      contender(COMPILED, compiled, 'ms'),
    ],
  };
}

/** The least that has to move: logits in, gradients out. A copy of the logits moves as much. */
function bandwidthTables(times: Timings, { samples, classes }: Size): Table[] {
  if (!times.has(COPY)) return [];
  const bytes = 8 * samples * classes;
  const kernels = [...times.names.filter((name) => name.endsWith('kernel')), EAGER, COMPILED, COPY];
  return [
    {
      caption: 'The memory bandwidth that they reach, counting each logit and each gradient once:',
      columns: ['what', 'GB/s', 'of that of a copy'],
      rows: kernels.map((name) => [
        name,
        (bytes / times.median(name) / 1e6).toPrecision(3),
        `${(100 * times.ratio(COPY, name)!).toPrecision(3)} %`,
      ]),
    },
  ];
}
