import { type Address, Connection, headerOf } from '../harness/connection.ts';
import { scrape } from '../harness/scrape.ts';
import { FuzzedRequests } from './fuzzed-requests.ts';
import { KILL_BYTES } from './hostile/attack-service.ts';
import { BEYOND_BUDGET_BYTES, BUDGET_BYTES } from './hostile/measures.ts';
import { MAX_PROBLEM_BYTES } from './hostile/tally.ts';
import { MemoryWatch } from './memory-watch.ts';
import { MonitoredService } from './monitored-service.ts';
import { liveChecks, Observer } from './observer.ts';
import { OpenApiChecker } from './openapi-checker.ts';
import { sampleEvery } from './samples.ts';
import { amount, atMost, exactly, mebibytes, type Outcome, type Scenario } from './scenario.ts';
import { FLAT_CRITERION, flat } from './trend.ts';

const CONNECTIONS = 16;
const SHOWN = 10;
const HEAP_SAMPLE_MS = 500;
/** The part of the run before memory counts as flat. */
const WARM_UP = 0.2;

export const fuzz: Scenario = {
  name: 'fuzz',
  title: 'Requests from the OpenAPI document, and valid ones with changes, and hostile ones',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const requests = short ? 16_000 : 208_000;
  const monitored = await MonitoredService.start({}, '--memory-budget-bytes', String(BUDGET_BYTES));
  const { service } = monitored;
  const documented = await OpenApiChecker.for(service);
  const statuses = new Map<number, number>();
  const tally = { issues: 0, lost: 0, problemBytes: 0 };
  const observer = new Observer();
  await observer.start(service);
  const memory = await MemoryWatch.start(service, KILL_BYTES);
  const heap = sampleEvery(HEAP_SAMPLE_MS, () => heapBytes(service.address));

  const client = async (seed: number) => {
    const fuzzed = new FuzzedRequests(documented.document, seed);
    let connection = await Connection.open(service.address);
    for (let i = 0; i < requests / CONNECTIONS; i++) {
      const { method, path, bytes } = fuzzed.next();
      const show = (what: string) => {
        if (tally.issues + tally.lost > SHOWN) return;
        process.stderr.write(`seed ${seed}, request ${i}: ${what}\n${bytes.toString('latin1').slice(0, 1500)}\n\n`);
      };
      const response = await connection.send(bytes, { keepBody: true }).catch((error) => {
        tally.lost += 1;
        show(error.message);
      });
      if (response) {
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (response.status >= 400) tally.problemBytes = Math.max(tally.problemBytes, response.body.length);
        const issue = documented.issue(method, path, response);
        if (issue) {
          tally.issues += 1;
          show(issue);
        }
      }
      if (!response || headerOf(response.head, 'connection') === 'close') {
        connection.close();
        connection = await Connection.open(service.address);
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, seed) => client(seed)));
  const heapSamples = await heap.stop();
  const observed = await observer.stop();
  await observer.close();
  const warm = heapSamples.slice(Math.floor(WARM_UP * heapSamples.length));

  const checks = [
    exactly(`responses that are not as documented, of ${requests}`, tally.issues, 0),
    exactly('requests without a response', tally.lost, 0),
    atMost('the longest problem document', tally.problemBytes, MAX_PROBLEM_BYTES, 'bytes'),
    atMost(
      'peak of resident memory',
      mebibytes(await memory.stop()),
      mebibytes(BUDGET_BYTES + BEYOND_BUDGET_BYTES),
      'MiB',
    ),
    ...(short ? [] : [flat('heap of the HTTP thread', warm)]), // Short runs can't tell growth from warm-up.
    ...liveChecks(observed),
    exactly('small batches of another client with a wrong response', observed.honestFailures, 0),
    ...(await monitored.checks()),
  ];
  await service.stop();
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  return {
    checks,
    figures: {
      responses: counts.join(', '),
      'heap of the HTTP thread, at most': amount(mebibytes(Math.max(...heapSamples)), 'MiB'),
      '/health/live': String(observed.live),
      'small batches of another client': String(observed.honest),
    },
    notes: [
      `${CONNECTIONS} generators with fixed seeds, each on its own connection. A third of the requests are values of the request ` +
        'schemas in the served document, with other values in some places. Most others are valid batches of each format ' +
        'with up to three changes to their bytes (bits, cuts, repeats, pieces of others, other numbers). 7 % are the shapes ' +
        'of the amplification scenario (long shapes and names, deep data, metadata, sweeps, lying lengths, options of many ' +
        'classes) in any size up to some hundred kilobytes, with changes, too, and compressed or not. The rest are paths ' +
        'and methods, documented or not. Some have odd headers, or are chunked. A response must have a status and a type ' +
        'that the document lists for its route, and a body that is valid for its schema (ajv), and neither 500 nor 503.',
      `MEMORY_BUDGET_BYTES is ${mebibytes(BUDGET_BYTES)} MiB. The heap is \`nodejs_heap_size_used_bytes\` of \`/metrics\`, read ` +
        `every ${HEAP_SAMPLE_MS} ms. Probes and small batches are sent from another thread, as in the amplification scenario.`,
      FLAT_CRITERION,
    ],
  };
}

async function heapBytes(address: Address): Promise<number> {
  const { samples } = await scrape(`http://127.0.0.1:${address}`);
  return samples.get('nodejs_heap_size_used_bytes')!;
}
