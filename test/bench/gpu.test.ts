import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOn } from '../../bench/gpu.ts';
import { competitorsInstalled } from '../../bench/harness/competitor.ts';

// The benchmark of GPUs, on the processor: what it measures there is of no interest, but that it runs is.

const size = { samples: 600, classes: 40 };

test('each backend is timed stage by stage, and what is not there is said', async () => {
  const { tables, notes, measurements } = await measureOn({
    backends: ['wasm', 'cuda'],
    device: 'cpu',
    sizes: [size],
  });
  const rows = tables[0]!.rows;
  assert.deepEqual(
    rows.slice(0, 5).map(([what]) => what),
    [
      'wasm, upload',
      'wasm, kernel',
      'wasm, download',
      'wasm, one kernel of many in a row',
      'wasm, one copy of many in a row',
    ],
  );
  for (const [what, median] of rows) assert.ok(Number.parseFloat(median!) > 0, `${what}: ${median}`);
  assert.ok(notes.some((note) => note.startsWith('Left out: cuda, ')));
  assert.deepEqual(measurements[0]!.size, size);
  const { milliseconds } = measurements[0]!;
  for (const [what] of rows) assert.ok(milliseconds[what!]!.length >= 3, what);
  assert.ok(tables[1]!.rows.some((row) => row.at(-1) === '100 %'));
});

test('torch is timed on the same device, and the share of its bandwidth is input', {
  skip: competitorsInstalled() ? false : 'the Python competitors are not installed (bench/setup)',
}, async () => {
  const { tables } = await measureOn({ backends: ['wasm'], device: 'cpu', sizes: [size] });
  assert.deepEqual(
    tables[1]!.rows.map(([what]) => what),
    [
      'wasm, kernel',
      'wasm, one kernel of many in a row',
      'wasm, one copy of many in a row',
      'torch, copy of the logits on the device',
      'torch, eager',
      'torch, torch.compile',
    ],
  );
});
