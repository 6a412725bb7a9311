import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { unreadyEngine } from '../harness/unready-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';
import { sendRaw } from '../helpers/http/raw-socket.ts';

// Keys are secrets: no line of the log may have one.

const KEY = 'a-key-that-must-stay-secret';
const WRONG = 'a-wrong-key-that-must-stay-secret';

function recorder() {
  const lines: string[] = [];
  return { lines, logger: createLogger('trace', { write: (line: string) => lines.push(line) }) };
}

test('headers that hold keys are masked wherever headers are logged', () => {
  const { lines, logger } = recorder();
  const headers = { authorization: `Bearer ${KEY}`, 'x-api-key': KEY, accept: '*/*' };
  logger.info({ headers }, 'top');
  logger.info({ req: { headers } }, 'one deep');
  logger.info({ context: { request: { headers } } }, 'two deep');
  logger.child({ headers }).info('child');
  assert.equal(lines.length, 4);
  for (const line of lines) {
    assert.ok(!line.includes(KEY), line);
    assert.match(line, /"accept":"\*\/\*"/);
  }
});

test('the log has no key of any request, however the request fails', async () => {
  const { lines, logger } = recorder();
  const config = loadConfig(['--port', '0'], { API_KEYS: KEY }) as Config;
  const app = await buildTestApp({ config, engine: unreadyEngine, logger });
  const url = await app.listen(listenOptions(config));
  for (const key of [KEY, WRONG]) {
    const secrets = `authorization: Bearer ${key}\r\nx-api-key: ${key}\r\nconnection: close\r\n`;
    for (const bytes of [
      `GET /v1/engine HTTP/1.1\r\nhost: x\r\n${secrets}\r\n`,
      `GET /nothing?api_key=${key} HTTP/1.1\r\nhost: x\r\n${secrets}\r\n`,
      `GET /%?api_key=${key} HTTP/1.1\r\nhost: x\r\n${secrets}\r\n`,
      `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\n${secrets}content-length: 5\r\n\r\n12345`,
      `POST /v1/focal-loss HTTP/1.1\r\n${secrets}host: x\r\nbad header\r\n\r\n`,
      `POST /v1/focal-loss HTTP/1.1\r\n${secrets}host: x\r\n${'a: b\r\n'.repeat(3000)}\r\n`,
    ]) {
      const reply = await sendRaw(url, bytes);
      assert.ok(!reply.includes(key), reply);
    }
  }
  await app.close();
  assert.ok(lines.length >= 12);
  for (const line of lines) assert.ok(!line.includes(KEY) && !line.includes(WRONG), line);
});

test('invalid settings are shown in errors, but keys are not', () => {
  for (const wrong of [`${KEY} with spaces`, `ok,${KEY}ä`]) {
    assert.throws(
      () => loadConfig([], { API_KEYS: wrong }),
      (error: Error) =>
        /^API_KEYS \(--api-keys\): key \d: expected visible ASCII/.test(error.message) && !error.message.includes(KEY),
    );
  }
  for (const empty of ['', ',', ' ']) {
    assert.throws(() => loadConfig([], { API_KEYS: empty }), /API_KEYS .*expected at least one key, got none$/);
  }
});
