import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LogSink } from '../../src/telemetry/log-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-sink-'));
after(() => rmSync(folder, { recursive: true }));

function sinkTo(name: string) {
  const path = join(folder, name);
  return { sink: new LogSink(openSync(path, 'w')), read: () => readFileSync(path, 'latin1') };
}

const LINE = `${'x'.repeat(2 ** 20 - 1)}\n`;

test('lines are written in their order, and none is lost however much has been written before', async () => {
  const { sink, read } = sinkTo('order');
  for (let i = 0; i < 20; i++) {
    sink.write(`${i} ${LINE}`);
    await sink.drained();
  }
  const lines = read().trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    Array.from({ length: 20 }, (_, i) => `${i}`),
  );
});

test('what waits to be written is limited, so that a log that nobody reads takes no more memory', async () => {
  const { sink, read } = sinkTo('limit');
  for (let i = 0; i < 50; i++) sink.write(LINE); // In one turn, before anything can be written.
  await sink.drained();
  const written = read().length / LINE.length;
  assert.ok(written >= 5 && written <= 10, `${written} lines`);
  sink.write('last\n');
  await sink.drained();
  assert.match(read(), /\nlast\n$/, 'later lines are written again');
});
