import { makeNumbers } from '../../bench/batches.ts';
import type { Address } from '../harness/connection.ts';
import { Connection } from '../harness/connection.ts';
import { FORMATS, requestIn, toBytes } from '../reliability/request-formats.ts';

export const KEY = 'key-of-this-test-alone';

/** Batches of every format, some with a warning, and mistakes, one after another. */
export async function sendTraffic(address: Address, ms: number): Promise<void> {
  const headers = { Authorization: `Bearer ${KEY}` };
  const numbers = makeNumbers(64, 20);
  const ignored = { ...numbers, labels: numbers.labels.map(() => -100) };
  const batches = [numbers, ignored].flatMap((batch) => FORMATS.map((format) => requestIn(format, batch, {})));
  const mistakes = batches.map((batch) => ({ ...batch, body: batch.body.subarray(0, -9) }));
  const requests = [...batches, ...mistakes].map((request) =>
    toBytes({ ...request, headers: { ...request.headers, ...headers } }),
  );
  const connection = await Connection.open(address);
  const end = performance.now() + ms;
  for (let i = 0; performance.now() < end; i++) {
    const { status } = await connection.send(requests[i % requests.length]!);
    const expected = i % requests.length < batches.length ? 200 : 400;
    if (status !== expected) throw new Error(`answered ${status}, not ${expected}`);
  }
  connection.close();
}
