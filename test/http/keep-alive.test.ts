import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { after, test } from 'node:test';
import { until } from '../harness/until.ts';
import { JSON_BODY, ROUTES } from '../helpers/http/gated-batch.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';

// Connections last for days, so a request must leave nothing behind on its connection or in the process.

const service = await startGatedService();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
after(() => agent.destroy());

const sockets: Socket[] = [];
service.app.server.on('connection', (socket) => sockets.push(socket));

async function post(path: string, body: string): Promise<number> {
  const outgoing = request(`${service.url}${path}`, { method: 'POST', headers: JSON_BODY, agent });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  await response.resume().toArray();
  return response.statusCode!;
}

const countTimers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const countListeners = (socket: Socket) =>
  Object.fromEntries(socket.eventNames().map((name) => [name, socket.listenerCount(name)]));

for (const { path, body } of ROUTES) {
  test(`${path}: many requests on one connection leave no listener and no timer behind`, async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    await post(path, body('none'));
    const timers = countTimers();
    const listeners = countListeners(sockets.at(-1)!);
    for (let i = 0; i < 30; i++) {
      assert.equal(await post(path, body('none')), 200);
      assert.ok((await post(path, body('bug'))) >= 500);
      assert.ok((await post(path, '{')) >= 400);
    }
    await until('the timers are gone', () => countTimers() <= timers + 5);
    assert.equal(sockets.length, 1);
    assert.deepEqual(countListeners(sockets[0]!), listeners);
    process.off('warning', warned);
    assert.deepEqual(warnings, []);
  });
}
