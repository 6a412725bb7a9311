import { Connection, headerOf, post, timeRequest } from '../../test/harness/connection.ts';
import { median } from '../../test/harness/median.ts';
import { SAFETENSORS } from '../binary-bodies.ts';
import { type Contender, interleave, type Timings, timed } from '../harness/interleave.ts';
import { assertAgree, batchStep, describeMode, loadBatch } from './batch-steps.ts';
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
  const request = readFile(mode, file);
  const expected = await totalsOf(engine, request);

  const route = mode.grid ? '/v1/focal-loss/sweep' : '/v1/focal-loss';
  const accept = mode.grid ? { Accept: 'application/json' } : {};
  const asked = post(route, SAFETENSORS, file, accept);
  const toFastapi = post(
    `/focal-loss?mode=${encodeURIComponent(JSON.stringify(describeMode(mode, tensors)))}`,
    'application/octet-stream',
    rawNumbers(tensors),
  );
  if (torch) await loadBatch(torch, mode, tensors, expected);

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
    ...(torch ? [batchStep(EAGER, torch, 'eager'), batchStep(COMPILED, torch, 'compiled')] : []),
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

async function contentLength(connection: Connection, request: Buffer): Promise<number> {
  const { status, head } = await connection.send(request);
  if (status !== 200) throw new Error(`the service responded: ${head}`);
  return Number(headerOf(head, 'content-length'));
}

async function checkFastapi(fastapi: Connection, request: Buffer, mode: Mode, expected: Totals): Promise<void> {
  const { status, head } = await fastapi.send(request);
  if (status !== 200) throw new Error(`FastAPI responded: ${head}`);
  const losses = [JSON.parse(headerOf(head, 'x-loss')!)].flat() as number[];
  assertAgree(mode, expected, { ...expected, losses });
}
