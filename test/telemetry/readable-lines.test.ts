import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../src/telemetry/logger.ts';
import { readableLines } from '../../src/telemetry/readable-lines.ts';

/** What a terminal shows, without the time. */
function linesOf(log: (logger: ReturnType<typeof createLogger>) => void, level = 'info'): string[] {
  let text = '';
  log(createLogger(level, readableLines({ write: (line) => (text += line) }, false)));
  assert.match(text, /^(\[\d\d:\d\d:\d\d\] .*\n)+$/);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.slice('[00:00:00] '.length));
}

test('on a terminal a request is a line that begins with its path, status and time', () => {
  const request = { request_id: 'a', method: 'POST', path: '/v1/focal-loss', status: 200, ms: 3.1 };
  assert.deepEqual(
    linesOf((logger) => logger.info(request, 'request')),
    ['INFO: POST /v1/focal-loss: 200, 3.1 ms {"request_id":"a"}'],
  );
});

test('a rejected request is one line with its code and detail, even where the detail has line breaks', () => {
  const problem = { request_id: 'a', code: 'invalid_request', detail: 'expected 1,\ngot 2' };
  const [line, ...rest] = linesOf((logger) => logger.info(problem, 'rejected'));
  assert.deepEqual(rest, []);
  assert.equal(line, 'INFO: invalid_request: expected 1, got 2 {"request_id":"a"}');
});

test('when the service is ready, the line has the URL to open', () => {
  const [line] = linesOf((logger) => logger.info({ engine: 'wasm', url: 'http://127.0.0.1:8080' }, 'ready'));
  assert.equal(line, 'INFO: ready: open http://127.0.0.1:8080 {"engine":"wasm"}');
});

test('keys stay masked', () => {
  const [line] = linesOf((logger) => logger.info({ headers: { authorization: 'Bearer secret' } }, 'hello'));
  assert.doesNotMatch(line!, /secret/);
});

test('control characters of clients do not reach the terminal', () => {
  const [line] = linesOf((logger) => logger.info({ code: 'x', detail: '\u001b[2J\u0007' }, 'rejected'));
  assert.doesNotMatch(line!, /\p{Cc}/u);
});
