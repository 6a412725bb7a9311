import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { cleanEnvironment } from '../harness/clean-environment.ts';
import { type ReceivedSpan, startCollector } from '../helpers/collector.ts';

// The built process, with OpenTelemetry's own settings.

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const BLOCK = new URL('../helpers/block-opentelemetry.mjs', import.meta.url).href;
const FLAGS = ['--port', '0', '--engine-threads', '1'];

interface Log {
  readonly msg: string;
  readonly trace_id?: string;
  readonly span_id?: string;
}

interface Service {
  readonly child: ChildProcess;
  readonly logs: Log[];
  readonly url: string;
}

async function start(environment: Record<string, string>, nodeFlags: string[] = []): Promise<Service> {
  const child = spawn(process.execPath, [...nodeFlags, MAIN, ...FLAGS], {
    env: { ...cleanEnvironment(), ...environment },
  });
  after(() => child.kill('SIGKILL')); // Where a test fails before it ends the process.
  const logs: Log[] = [];
  let url = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`exited with ${code}`)));
    createInterface(child.stdout!).on('line', (line) => {
      const log: Log = JSON.parse(line);
      logs.push(log);
      url ||= /^listening at (.+)$/.exec(log.msg)?.[1] ?? '';
      if (log.msg === 'ready') resolve();
    });
  });
  return { child, logs, url };
}

async function stop({ child }: Service): Promise<void> {
  const closed = once(child, 'close'); // After its last line of log.
  child.kill('SIGTERM');
  assert.deepEqual(await closed, [0, null]);
}

function post(url: string, batch: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/focal-loss?secret=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'a test', ...headers },
    body: JSON.stringify(batch),
  });
}

const BATCH = { logits: [[1, -2]], labels: [[1, 0]] };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a batch is a span of the trace in traceparent, with its stages as child spans in order', async () => {
  const { endpoint, spans } = await startCollector();
  const service = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=tests',
  });
  const response = await post(service.url, BATCH, { traceparent: `00-${TRACE}-${PARENT}-01` });
  assert.equal(response.status, 200);
  const body = await response.text();
  await stop(service); // This exports the spans.

  assert.deepEqual(spans.map(({ name }) => name).sort(), [
    'POST /v1/focal-loss',
    'compute',
    'decode',
    'encode',
    'queue',
  ]);
  const named = (name: string) => spans.find((span) => span.name === name) as ReceivedSpan;
  const root = named('POST /v1/focal-loss');
  assert.deepEqual([root.traceId, root.parentSpanId, root.kind, root.status.code], [TRACE, PARENT, 2, 0]);
  assert.equal(response.headers.get('traceresponse'), `00-${TRACE}-${root.spanId}-01`);
  assert.deepEqual(root.attributes, {
    'http.request.method': 'POST',
    'http.route': '/v1/focal-loss',
    'url.path': '/v1/focal-loss',
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    'client.address': '127.0.0.1',
    'user_agent.original': 'a test',
    'http.response.status_code': 200,
    'http.request.body.size': JSON.stringify(BATCH).length,
    'http.response.body.size': body.length,
    'focal_loss.elements': 2,
    'focal_loss.classes': 2,
    'focal_loss.engine': 'wasm',
  });
  assert.equal(root.resource['service.name'], 'focal-loss-service');
  assert.equal(root.resource['deployment.environment.name'], 'tests');

  let at = BigInt(root.startTimeUnixNano);
  for (const stage of ['decode', 'queue', 'compute', 'encode'].map(named)) {
    assert.deepEqual([stage.traceId, stage.parentSpanId], [TRACE, root.spanId]);
    assert.ok(BigInt(stage.startTimeUnixNano) >= at, `${stage.name} begins too early`);
    at = BigInt(stage.endTimeUnixNano);
  }
  assert.ok(BigInt(root.endTimeUnixNano) >= at, 'the request ends before its last stage');
  const line = service.logs.find(({ msg }) => msg === 'request');
  assert.deepEqual([line?.trace_id, line?.span_id], [TRACE, root.spanId]);
});

test('problems are recorded with their code, and those of the service as errors', async () => {
  const { endpoint, spans } = await startCollector();
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, REQUEST_TIMEOUT_MS: '1' });
  assert.equal((await post(service.url, { ...BATCH, gama: 1 })).status, 422);
  const large = { logits: new Array(300_000).fill(0.5), labels: new Array(300_000).fill(1), outputs: ['gradients'] };
  assert.equal((await post(service.url, large)).status, 504);
  const unknown = await fetch(`${service.url}/%c0`);
  await stop(service);

  const [wrong, late, lost] = spans as [ReceivedSpan, ReceivedSpan, ReceivedSpan];
  assert.deepEqual(
    [wrong.status.code, wrong.attributes['focal_loss.problem'], wrong.attributes['error.type'], wrong.events],
    [0, 'invalid_request', undefined, []],
  );
  assert.deepEqual(
    [late.status.code, late.attributes['error.type'], late.events.map(({ name }) => name)],
    [2, 'deadline_exceeded', ['exception']],
  );
  assert.deepEqual([lost.name, lost.attributes['http.response.status_code']], ['GET', 404]);
  assert.equal(unknown.headers.get('traceresponse'), `00-${lost.traceId}-${lost.spanId}-01`);
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 3); // The requests had no traceparent.
});

test('a trace that is not sampled exports no spans, but its ids are in the response', async () => {
  const { endpoint, spans } = await startCollector();
  const service = await start({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/v1/traces` });
  const response = await post(service.url, BATCH, { traceparent: `00-${TRACE}-${PARENT}-00` });
  assert.match(response.headers.get('traceresponse') ?? '', new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  await stop(service);
  assert.deepEqual(spans, []);
});

const aboutTraces = ({ logs }: Service) => logs.map(({ msg }) => msg).filter((msg) => msg.includes('traces'));

test('an unreachable collector is logged once', async () => {
  const service = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1', // Milliseconds, so that nothing is tried again.
    OTEL_BSP_SCHEDULE_DELAY: '1',
  });
  for (let i = 0; i < 3; i++) assert.equal((await post(service.url, BATCH)).status, 200);
  await stop(service);
  assert.deepEqual(aboutTraces(service), ['traces can not be exported and are dropped']);
});

test('a collector that does not respond delays no request, and the exit by at most two seconds', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  after(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  assert.equal((await post(service.url, BATCH)).status, 200);
  await stop(service);
  assert.deepEqual(aboutTraces(service), ['the last traces could not be exported in time']);
});

test('OpenTelemetry is not loaded without a collector, or if the SDK or the export of traces is disabled', async () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const environments: Record<string, string>[] = [
    {},
    { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ];
  for (const environment of environments) {
    const service = await start(environment, ['--import', BLOCK]);
    const response = await post(service.url, BATCH, { traceparent: `00-${TRACE}-${PARENT}-01` });
    assert.deepEqual([response.status, response.headers.get('traceresponse')], [200, null]);
    await stop(service);
  }
  await assert.rejects(start(endpoint, ['--import', BLOCK]), /exited with 1/); // If it is loaded, this check notices.
});
