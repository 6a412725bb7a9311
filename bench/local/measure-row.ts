import { product } from '../../src/loss/tensor.ts';
import { Connection, timeRequest } from '../../test/harness/connection.ts';
import type { Child } from '../harness/child.ts';
import { type Contender, interleave, type Timings, timed } from '../harness/interleave.ts';
import { batchStep, loadBatch } from '../modes/batch-steps.ts';
import { evaluateRequest, readFile, totalsOf } from '../modes/evaluate-mode.ts';
import { makeTensors, safetensorsFile } from '../modes/mode-tensors.ts';
import type { Mode } from '../modes/modes.ts';
import type { Competitors } from './competitors.ts';
import { RegionBatch, wireRequest } from './region-requests.ts';

export const ENGINE = 'engine';
export const REGION = 'shared memory';
export const TCP = 'TCP';
export const TRITON = 'tritonclient';
export const CLIENT_IN_PLACE = 'Python client, `client.empty`';
export const CLIENT_COPIED = 'Python client, copied';
export const EAGER = 'torch eager';
export const COMPILED = 'torch.compile';

/** Callers in Python, by their names in `bench/competitors/regions.py`. */
const CLIENTS = { [TRITON]: 'tritonclient', [CLIENT_IN_PLACE]: 'in place', [CLIENT_COPIED]: 'copied' };

const PLAN = { rounds: 15, warmUp: 5, budgetMs: 15_000 };
/** To compile takes longer than to measure: only what is large. */
const MIN_COMPILED_ELEMENTS = 8e6;

/** @throws {Error} if the implementations do not agree on the results */
export async function measureRow(mode: Mode, { engine, service, torch, clients }: Competitors): Promise<Timings> {
  const tensors = makeTensors(mode);
  const request = readFile(mode, safetensorsFile(mode, tensors));
  const wire = wireRequest(mode, tensors);
  const kinds = product(mode.shape) >= MIN_COMPILED_ELEMENTS ? ['eager', 'compiled'] : ['eager'];
  const expected = await totalsOf(engine, request);
  if (torch) await loadBatch(torch, mode, tensors, expected, { kinds });
  if (clients) await loadBatch(clients, mode, tensors, expected);
  const region = new RegionBatch(mode, tensors);
  const connection = await Connection.open(service.address);
  try {
    await region.register(connection);
    await assertSameBytes(connection, region, wire);
    const contenders: Contender[] = [
      { name: ENGINE, run: () => timed(() => evaluateRequest(engine, request)) },
      { name: REGION, run: () => timeRequest(connection, region.request) },
      { name: TCP, run: () => timeRequest(connection, wire) },
      ...(clients ? callers(clients) : []),
      ...(torch ? kinds.map((kind) => batchStep(kind === 'eager' ? EAGER : COMPILED, torch, kind)) : []),
    ];
    return await interleave(contenders, PLAN);
  } finally {
    await region.remove(connection);
    connection.close();
  }
}

function callers(clients: Child): Contender[] {
  const installed = clients.hello.ways as string[];
  return Object.entries(CLIENTS).flatMap(([name, way]) =>
    installed.includes(way) ? [batchStep(name, clients, way)] : [],
  );
}

/** In a response the gradients stand behind the breakdown, whose numbers are wider. */
async function assertSameBytes(service: Connection, region: RegionBatch, wire: Buffer): Promise<void> {
  await timeRequest(service, region.request);
  const { body } = await service.send(wire, { keepBody: true });
  const gradients = region.gradients();
  if (!body.subarray(body.length - gradients.length).equals(gradients)) {
    throw new Error('the gradients in shared memory are not those over the wire');
  }
}
