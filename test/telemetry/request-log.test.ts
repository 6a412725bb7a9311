import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { startGatedEngine } from '../helpers/engine/gated-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';
import { sendSmall } from '../helpers/http/gated-batch.ts';
import { sendRaw } from '../helpers/http/raw-socket.ts';
import { send } from '../helpers/http/send.ts';

interface Line {
  readonly msg: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly aborted?: boolean;
  readonly ms?: number;
}

const lines: Line[] = [];
const logger = createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) });
const config = loadConfig(['--port', '0', '--engine-threads', '1'], {}) as Config;
const app = await buildTestApp({ config, engine: await startGatedEngine(), logger });
const url = await app.listen(listenOptions(config));
after(() => app.close());

/** Waits for the next line of a request, and checks that it is the only one since the last call. */
async function nextRequest(): Promise<Omit<Line, 'msg' | 'ms'>> {
  const requests = () => lines.filter(({ msg }) => msg === 'request');
  await until('the request is logged', () => requests().length > 0);
  await new Promise(setImmediate);
  const [{ method, path, status, aborted, ms } = {} as Line, ...others] = requests();
  lines.length = 0;
  assert.deepEqual(others, []);
  assert.equal(typeof ms, 'number');
  return { method: method!, path: path!, ...(status && { status }), ...(aborted && { aborted }) };
}

test('a request is logged when its response was sent, without its query', async () => {
  await sendSmall(url, 'none').response;
  assert.deepEqual(await nextRequest(), { method: 'POST', path: '/v1/focal-loss', status: 200 });
  await sendRaw(url, 'GET /health/live?key=secret HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  assert.deepEqual(await nextRequest(), { method: 'GET', path: '/health/live', status: 200 });
});

test('a request that fails before it is routed is logged as any other', async () => {
  await sendRaw(url, 'GET /% HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  assert.deepEqual(await nextRequest(), { method: 'GET', path: '/%', status: 404 });
});

test('a request whose client disconnects is logged as aborted', async () => {
  const gate = new Gate();
  const batch = sendSmall(url, `hold ${gate.path}`);
  await gate.noted('begun');
  batch.disconnect();
  assert.deepEqual(await nextRequest(), { method: 'POST', path: '/v1/focal-loss', aborted: true });
  gate.open();
});

test('so is one whose client disconnects within its upload', async () => {
  const upload = send(url, '/v1/focal-loss', { 'content-type': 'application/json', 'content-length': 1000 });
  await new Promise((resolve) => upload.outgoing.write('{"logits"', resolve));
  await fetch(`${url}/health/live`); // The upload has begun before this has its response.
  assert.deepEqual(await nextRequest(), { method: 'GET', path: '/health/live', status: 200 });
  upload.disconnect();
  assert.deepEqual(await nextRequest(), { method: 'POST', path: '/v1/focal-loss', aborted: true });
});
