import { Connection, headerOf } from '../harness/connection.ts';
import { FuzzedRequests } from './fuzzed-requests.ts';
import { MonitoredService } from './monitored-service.ts';
import { OpenApiChecker } from './openapi-checker.ts';
import { exactly, type Outcome, type Scenario } from './scenario.ts';

const CONNECTIONS = 16;
const SHOWN = 10;

export const fuzz: Scenario = {
  name: 'fuzz',
  title: 'Requests from the OpenAPI document, and valid ones with changes',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const requests = short ? 16_000 : 208_000;
  const monitored = await MonitoredService.start({});
  const { service } = monitored;
  const documented = await OpenApiChecker.for(service);
  const statuses = new Map<number, number>();
  const tally = { issues: 0, lost: 0 };

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

  const checks = [
    exactly(`responses that are not as documented, of ${requests}`, tally.issues, 0),
    exactly('requests without a response', tally.lost, 0),
    ...(await monitored.checks()),
  ];
  await service.stop();
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  return {
    checks,
    figures: { responses: counts.join(', ') },
    notes: [
      `${CONNECTIONS} generators with fixed seeds, each on its own connection. A third of the requests are values of the request ` +
        'schemas in the served document, with other values in some places. Most others are valid batches of each format ' +
        'with up to three changes to their bytes (bits, cuts, repeats, pieces of others, other numbers). The rest are paths ' +
        'and methods, documented or not. Some have odd headers, or are chunked. A response must have a status and a type ' +
        'that the document lists for its route, and a body that is valid for its schema (ajv), and neither 500 nor 503.',
    ],
  };
}
