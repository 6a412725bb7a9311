import { Connection } from '../harness/connection.ts';
import type { Service } from '../harness/service-process.ts';
import { compressed } from './hostile/hostile-shape.ts';
import { softSweep } from './hostile/sweep-shapes.ts';
import { MonitoredService } from './monitored-service.ts';
import { liveChecks, Observer } from './observer.ts';
import { toBytes } from './request-formats.ts';
import { atMost, type Check, exactly, type Outcome, type Scenario } from './scenario.ts';

const HONEST_P99_MS = 250;
/** As many as there are engine threads on two cores, and as many again that wait. */
const CONNECTIONS = 4;
const PAIRS = 256;
const MAX_ELEMENTS = 10_000_000;

export const fairness: Scenario = {
  name: 'fairness',
  title: 'The costliest sweeps of one caller, and the small batches of another',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const seconds = short ? 8 : 60;
  const monitored = await MonitoredService.start({});
  const { service } = monitored;
  const { elements, sweep } = await costliestSweep(service);
  const observer = new Observer();
  await observer.start(service);
  const statuses = await sendSweeps(service, sweep, 1000 * seconds);
  const observed = await observer.stop();
  await observer.close();
  const { honest, honestFailures } = observed;
  const checks: Check[] = [
    atMost(`small batches of the other, p99 of ${honest.count}`, honest.quantile(0.99), HONEST_P99_MS, 'ms'),
    exactly('small batches with a wrong response', honestFailures, 0),
    ...liveChecks(observed),
    ...(await monitored.checks()),
  ];
  service.signal('SIGKILL'); // Sweeps may still be running.
  await service.exit();
  return {
    checks,
    figures: {
      'elements of the costliest sweep': String(elements),
      sweeps: [...statuses].map(([status, count]) => `${count} × ${status}`).join(', '),
      'small batches': String(honest),
    },
    notes: [
      `One caller sends sweeps of soft labels with ${PAIRS} pairs, every one of which is evaluated, on ${CONNECTIONS} connections ` +
        `without pause for ${seconds} s: the largest that the service accepts, of ${MAX_ELEMENTS} elements or a half, a quarter ` +
        'and so on of them. The other sends batches of 8 × 4, one after another, in all formats, from a thread of its own, and ' +
        'checks each response. A batch that gets 429 is sent again after Retry-After, which its time includes.',
    ],
  };
}

/** The largest sweep that is neither too large nor invalid for the service; its client does not wait for the result. */
async function costliestSweep({ address }: Service): Promise<{ elements: number; sweep: Buffer }> {
  for (let elements = MAX_ELEMENTS; elements >= 1; elements = Math.floor(elements / 2)) {
    const sweep = toBytes(compressed(softSweep(elements, PAIRS)));
    const connection = await Connection.open(address);
    const limit = setTimeout(() => connection.close(), 10_000);
    const status = await connection.send(sweep).then(
      (response) => response.status,
      () => 0, // It was accepted, and took too long for this.
    );
    clearTimeout(limit);
    connection.close();
    if (![413, 422].includes(status)) return { elements, sweep };
  }
  throw new Error('the service accepts no sweep of soft labels');
}

async function sendSweeps({ address }: Service, sweep: Buffer, ms: number): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  const add = (status: string) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const end = performance.now() + ms;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const connection = await Connection.open(address);
      const over = setTimeout(() => connection.close(), ms);
      try {
        while (performance.now() < end) add(`${(await connection.send(sweep)).status}`);
      } catch {
        add(performance.now() < end ? 'closed' : 'running at the end');
      }
      clearTimeout(over);
      connection.close();
    }),
  );
  return statuses;
}
