import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { renderTable } from '../test/harness/table.ts';
import { type Comparison, compareResponses, type ServiceResponse } from './compare-responses/compare.ts';
import { compareMetrics, comparePage, get, PLAIN_GETS, pageGets } from './compare-responses/documents.ts';
import type { ServiceRequest } from './compare-responses/formats.ts';
import { BODY_BESIDE_ANOTHER, LIMITED, limitedRequests } from './compare-responses/limited-requests.ts';
import { malformedHttp, replay, responseTo } from './compare-responses/raw-http.ts';
import { rejectedRequests } from './compare-responses/rejected-requests.ts';
import { lossGroups } from './compare-responses/requests.ts';
import { type CheckoutService, startCheckout } from './compare-responses/service.ts';
import { Tally } from './compare-responses/tally.ts';

// Sends the same requests to the services of two built checkouts, and reports where their responses differ. Timings and request
// ids may differ; the prose of problems and documents is counted, and printed with --verbose.

const USAGE = 'compare-responses.ts OLD_CHECKOUT NEW_CHECKOUT [--threads 1,2] [--group NAME …] [--verbose]';
const CLIENTS = ['curl', 'kserve', 'tritonclient', 'tritonclient-aio'];
const MEBIBYTE = 2 ** 20;
const ROOMY = {
  MAX_JSON_BYTES: String(512 * MEBIBYTE),
  MAX_BODY_BYTES: String(1024 * MEBIBYTE),
  MEMORY_BUDGET_BYTES: String(4096 * MEBIBYTE),
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1,2' },
    group: { type: 'string', multiple: true },
    verbose: { type: 'boolean', default: false },
  },
});
const [oldCheckout, newCheckout] = positionals;
if (positionals.length !== 2 || !oldCheckout || !newCheckout) {
  process.stderr.write(`usage: ${USAGE}\n`);
  process.exit(2);
}
const checkouts = [oldCheckout, newCheckout] as const;
const isSelected = (group: string) => flags.group === undefined || flags.group.includes(group);

// The services end with this process, but not where a signal ends it.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const tally = new Tally(flags.verbose);
let sent = 0;
for (const threads of flags.threads.split(',')) {
  await compareWith({ ENGINE_THREADS: threads, ...ROOMY }, `${threads} thread${threads === '1' ? '' : 's'}`);
}
process.stdout.write(`${renderTable(tally.table)}\n${tally.total}\n`);
process.exitCode = tally.failed ? 1 : 0;

type Pair = readonly [CheckoutService, CheckoutService];

async function startPair(settings: Readonly<Record<string, string>>): Promise<Pair> {
  const [old, current] = checkouts;
  return [await startCheckout(old, settings), await startCheckout(current, settings)];
}

async function compareWith(settings: Readonly<Record<string, string>>, label: string): Promise<void> {
  const services = await startPair(settings);
  const groups = { ...lossGroups(checkouts[0]), rejected: rejectedRequests, documents: () => PLAIN_GETS };
  for (const [group, requests] of Object.entries(groups)) {
    if (isSelected(group)) await compareGroup(`${group}, ${label}`, services, requests());
  }
  if (isSelected('clients')) await compareClients(`clients, ${label}`, services);
  if (isSelected('documents')) await compareDocuments(`documents, ${label}`, services);
  await Promise.all(services.map((service) => service.stop()));
  if (isSelected('limits')) await compareLimits(`limits, ${label}`, { ...settings, ...LIMITED });
}

async function compareGroup(group: string, services: Pair, requests: Iterable<ServiceRequest>): Promise<void> {
  const start = performance.now();
  for (const request of requests) {
    await compareRequest(group, services, request, compareResponses);
  }
  process.stderr.write(`${group}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

async function compareRequest(
  group: string,
  [old, current]: Pair,
  request: ServiceRequest,
  compare: (old: ServiceResponse, current: ServiceResponse) => Comparison,
): Promise<void> {
  const traced = { ...request, headers: { 'x-request-id': `compare-${++sent}`, ...request.headers } };
  const [a, b] = await Promise.all([old.send(traced), current.send(traced)]);
  tally.add(group, request.name, a.status, compare(a, b));
}

/** The requests of each client go over one connection, one after another. */
async function compareClients(group: string, services: Pair): Promise<void> {
  for (const client of CLIENTS) {
    const [old, current] = await Promise.all(services.map(({ port }) => replay(checkouts[0], client, port)));
    old!.forEach(({ name, response }, i) => {
      tally.add(group, name, response.status, compareResponses(response, current![i]!.response));
    });
  }
}

async function compareDocuments(group: string, services: Pair): Promise<void> {
  // First, because it counts the requests so far.
  await compareRequest(group, services, get('/metrics'), (old, current) =>
    compareMetrics(old.body.toString(), current.body.toString()),
  );
  for (const request of pageGets(checkouts[0])) {
    await compareRequest(group, services, request, (old, current) => comparePage(request.path, old, current));
  }
}

/** Services with low limits and a key: what is too large, too slow or not allowed, and at last their responses during the shutdown. */
async function compareLimits(group: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const services = await startPair(settings);
  await compareGroup(group, services, limitedRequests(checkouts[0]));
  await compareBusyMemory(group, services);
  await compareMalformedHttp(group, services);
  for (const service of services) service.terminate();
  await sleep(500); // Until both have received the signal.
  await compareGroup(`${group}, shutting down`, services, shutdownRequests());
  await Promise.all(services.map((service) => service.stop()));
}

/** While one body that never ends has most of the memory, a second one finds too little. */
async function compareBusyMemory(group: string, services: Pair): Promise<void> {
  const { head, request } = BODY_BESIDE_ANOTHER;
  const sockets = services.map(({ port }) => connect(port, '127.0.0.1').on('error', () => {}));
  for (const socket of sockets) socket.write(head);
  await sleep(500);
  await compareGroup(group, services, [request]);
  for (const socket of sockets) socket.destroy();
}

/** Side by side, because two of them wait until the service gives them up. */
async function compareMalformedHttp(group: string, services: Pair): Promise<void> {
  const compareOne = async ([name, bytes]: [string, Buffer]) => {
    const [old, current] = await Promise.all(services.map(({ port }) => responseTo(port, bytes)));
    tally.add(group, name, old!.status, compareResponses(old!, current!));
  };
  await Promise.all(Object.entries(malformedHttp(LIMITED.API_KEYS)).map(compareOne));
}

function* shutdownRequests(): Generator<ServiceRequest> {
  yield get('/health/live');
  yield get('/health/ready');
  yield get('/v2/health/ready');
}
