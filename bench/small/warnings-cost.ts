import { Connection, post, timeRequest } from '../../test/harness/connection.ts';
import { median } from '../../test/harness/median.ts';
import type { Table } from '../../test/harness/table.ts';
import { makeNumbers, type Size } from '../batches.ts';
import { SAFETENSORS, safetensorsBody } from '../binary-bodies.ts';
import { ratioTarget, type Target } from '../harness/report.ts';
import { milliseconds } from '../harness/timing-table.ts';
import { unlessToy } from '../harness/toy.ts';
import { jsonBody } from '../json.ts';

/** Short blocks, so that other load on the machine meets both; their order changes with each pair. */
export const WARNINGS_BLOCK = unlessToy(20, 2);
const PAIRS = unlessToy(150, 2);
const WARM_UP_PAIRS = unlessToy(25, 0);
const MAX_RATIO = 1.03;

const ROUTE = '/v1/focal-loss';

/** One format and size with warnings, as they are by default, and without. */
export interface WarningsCost {
  readonly name: string;
  /** Medians of all requests, in milliseconds. */
  readonly on: number;
  readonly off: number;
  /** The median of the ratios of the blocks' medians. */
  readonly ratio: number;
}

/** Lets requests with and without warnings take turns on one kept-alive connection. */
export async function measureWarningsCost(port: number, size: Size): Promise<WarningsCost[]> {
  const name = `${size.samples} × ${size.classes}`;
  const numbers = makeNumbers(size.samples, size.classes);
  const json = (warnings: boolean) =>
    post(ROUTE, 'application/json', jsonBody(size.samples, size.classes, { warnings }));
  const file = (warnings: boolean) =>
    post(ROUTE, SAFETENSORS, safetensorsBody(numbers, 'F32', { warnings: `${warnings}` }));
  const costs: WarningsCost[] = [];
  for (const [format, request] of [
    ['JSON', json],
    ['safetensors', file],
  ] as const) {
    const connection = await Connection.open(port);
    costs.push({ name: `${name}, ${format}`, ...(await measurePairs(connection, request(true), request(false))) });
    connection.close();
  }
  return costs;
}

async function measurePairs(connection: Connection, on: Buffer, off: Buffer): Promise<Omit<WarningsCost, 'name'>> {
  const times = new Map<Buffer, number[]>();
  const block = async (request: Buffer) => {
    const block: number[] = [];
    for (let i = 0; i < WARNINGS_BLOCK; i++) block.push(await timeRequest(connection, request));
    times.get(request)?.push(...block);
    return median(block);
  };
  const ratios: number[] = [];
  for (let pair = -WARM_UP_PAIRS; pair < PAIRS; pair++) {
    if (pair === 0) for (const request of [on, off]) times.set(request, []);
    const isOnFirst = pair % 2 === 0;
    const first = await block(isOnFirst ? on : off);
    const second = await block(isOnFirst ? off : on);
    if (pair >= 0) ratios.push(isOnFirst ? first / second : second / first);
  }
  return { on: median(times.get(on)!), off: median(times.get(off)!), ratio: median(ratios) };
}

export function warningsTargets(costs: readonly WarningsCost[]): Target[] {
  return costs.map(({ name, ratio }) => ratioTarget(`${name}: p50 without warnings`, ratio, MAX_RATIO, '<'));
}

export function warningsTable(costs: readonly WarningsCost[]): Table {
  return {
    caption: 'What looking for [warnings](../docs/reference/warnings.md) takes:',
    columns: ['what', 'p50 with warnings', 'p50 with `warnings: false`', 'ratio'],
    rows: costs.map(({ name, on, off, ratio }) => [name, milliseconds(on), milliseconds(off), `${ratio.toFixed(3)} ×`]),
  };
}
