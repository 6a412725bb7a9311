import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, headerOf, post, timeRequest } from '../../test/harness/connection.ts';
import { median } from '../../test/harness/median.ts';
import { SAFETENSORS } from '../binary-bodies.ts';
import type { Child } from '../harness/child.ts';
import { type Contender, interleave, type Timings, timed } from '../harness/interleave.ts';
import type { Competitors } from './competitors.ts';
import { evaluateRequest, readFile, sameBytes, type Totals, totalsOf } from './evaluate-mode.ts';
import { makeTensors, rawNumbers, safetensorsFile } from './mode-tensors.ts';
import type { Mode } from './modes.ts';

export const ENGINE = 'engine';
export const WHOLE = 'whole request';
export const EAGER = 'torch eager';
export const COMPILED = 'torch.compile';
export const FASTAPI = 'FastAPI';
export const ECHO = 'echo';
export const CONTENDERS = [ENGINE, WHOLE, EAGER, COMPILED, FASTAPI, ECHO] as const;

/** A job asks the same a hundred thousand times: what its first calls cost, until all code is compiled, does not count. */
const PLAN = { rounds: 15, warmUp: 10, budgetMs: 25_000 };

/** What a row of the table is made of. */
export interface MeasuredMode {
  readonly name: string;
  readonly times: Timings;
  /** What a request takes beyond the engine, in echoes: the median of the rounds. */
  readonly beyondEngine: number;
  /** Whether one thread and several give the same bytes. */
  readonly sameBytes: boolean;
}

/** @throws {Error} if the implementations do not agree on the results */
export async function measureMode(mode: Mode, competitors: Competitors): Promise<MeasuredMode> {
  const { engine, singleThread, service, echo, fastapi, torch } = competitors;
  const tensors = makeTensors(mode);
  const file = safetensorsFile(mode, tensors);
  const raw = rawNumbers(tensors);
  const description = describe(mode, tensors.labels.dtype);
  const request = readFile(mode, file);
  const expected = await totalsOf(engine, request);

  const route = mode.grid ? '/v1/focal-loss/sweep' : '/v1/focal-loss';
  const accept = mode.grid ? { Accept: 'application/json' } : {};
  const asked = post(route, SAFETENSORS, file, accept);
  const toFastapi = post(
    `/focal-loss?mode=${encodeURIComponent(JSON.stringify(description))}`,
    'application/octet-stream',
    raw,
  );
  if (torch) await loadTorch(torch, description, raw, mode, expected);

  // Each row has connections of its own: how fast one is depends on chance as well, and compiling may outlast an idle one.
  const toService = await Connection.open(service);
  const toEcho = await Connection.open(echo);
  const toServer = fastapi && (await Connection.open(fastapi.port));
  const responseBytes = await contentLength(toService, asked);
  const echoed = post(`/${responseBytes}`, 'application/octet-stream', file);
  if (toServer) await checkFastapi(toServer, toFastapi, mode, expected);
  const contenders: Contender[] = [
    { name: ENGINE, run: () => timed(() => evaluateRequest(engine, request)) },
    { name: WHOLE, run: () => timeRequest(toService, asked) },
    ...(torch ? [step(EAGER, torch, 'eager'), step(COMPILED, torch, 'compiled')] : []),
    ...(toServer ? [{ name: FASTAPI, run: () => timeRequest(toServer, toFastapi) }] : []),
    { name: ECHO, run: () => timeRequest(toEcho, echoed) },
  ];
  const times = await interleave(contenders, PLAN);
  for (const connection of [toService, toEcho, toServer]) connection?.close();
  const beyond = times.of(WHOLE).map((ms, round) => (ms - times.of(ENGINE)[round]!) / times.of(ECHO)[round]!);
  return {
    name: mode.name,
    times,
    beyondEngine: median(beyond),
    sameBytes: await sameBytes([engine, singleThread], request),
  };
}

/** A mode as `bench/competitors/modes.py` reads it. */
function describe({ shape, dtype, labels, options, grid }: Mode, labelDtype: string): Description {
  return { shape, dtype, label_dtype: labelDtype, index: labels === 'indices', options, grid: grid ?? null };
}

type Description = Readonly<Record<string, unknown>>;

async function contentLength(connection: Connection, request: Buffer): Promise<number> {
  const { status, head } = await connection.send(request);
  if (status !== 200) throw new Error(`the service responded: ${head}`);
  return Number(headerOf(head, 'content-length'));
}

function step(name: string, torch: Child, which: 'eager' | 'compiled'): Contender {
  return { name, run: async () => Number((await torch.ask({ step: which })).ms) };
}

/** It reads the batch from a file, and takes a first step of each kind: that compiles. */
async function loadTorch(
  torch: Child,
  description: Description,
  raw: Buffer,
  mode: Mode,
  expected: Totals,
): Promise<void> {
  const path = join(tmpdir(), `mode-${randomUUID()}.raw`);
  try {
    await writeFile(path, raw);
    const first = await torch.ask({ mode: description, path });
    for (const { losses, gradient_l1 } of Object.values(first) as { losses: number[]; gradient_l1: number }[]) {
      assertAgree(mode, expected, { losses, gradientL1: gradient_l1 });
    }
  } finally {
    await rm(path, { force: true });
  }
}

async function checkFastapi(fastapi: Connection, request: Buffer, mode: Mode, expected: Totals): Promise<void> {
  const { status, head } = await fastapi.send(request);
  if (status !== 200) throw new Error(`FastAPI responded: ${head}`);
  const losses = [JSON.parse(headerOf(head, 'x-loss')!)].flat() as number[];
  assertAgree(mode, expected, { ...expected, losses });
}

/** As far as float32 gives it: sums of float32, or of gradients that were rounded to 16 bits. */
const AGREEMENT = 2e-3;

function assertAgree({ name }: Mode, expected: Totals, actual: Totals): void {
  const pairs = [...expected.losses, expected.gradientL1].map(
    (value, i) => [value, [...actual.losses, actual.gradientL1][i] ?? Number.NaN] as const,
  );
  for (const [ours, theirs] of pairs) {
    if (Math.abs(ours - theirs) <= AGREEMENT * Math.abs(ours)) continue;
    throw new Error(`${name}: the implementations disagree: ${ours} and ${theirs}`);
  }
}
