import { type Address, Connection } from '../../test/harness/connection.ts';
import { median } from '../../test/harness/median.ts';
import { rss } from '../../test/harness/rss.ts';
import type { ExpectedRequest } from './mixed-requests.ts';

/** Bytes resident over many requests. */
export interface Drift {
  readonly first: number;
  readonly last: number;
  readonly highest: number;
  /** How far the farthest reading is from the median, of the median. */
  readonly spread: number;
}

/** Sends the requests over and over to a server, one at a time, and reads its memory every so often. */
export async function rssOver(
  pid: number,
  address: Address,
  cycle: readonly ExpectedRequest[],
  plan: { readonly requests: number; readonly warmUp: number; readonly sampleEvery: number },
): Promise<Drift> {
  const connection = await Connection.open(address);
  const readings: number[] = [];
  for (let i = 0; i < plan.warmUp + plan.requests; i++) {
    const { bytes, status: expected } = cycle[i % cycle.length]!;
    const { status } = await connection.send(bytes);
    if (status !== expected) throw new Error(`a request was answered ${status}, not ${expected}`);
    if (i >= plan.warmUp && i % plan.sampleEvery === 0) readings.push(await rss(pid));
  }
  connection.close();
  const middle = median(readings);
  return {
    first: readings[0]!,
    last: readings.at(-1)!,
    highest: Math.max(...readings),
    spread: Math.max(...readings.map((reading) => Math.abs(reading - middle) / middle)),
  };
}
