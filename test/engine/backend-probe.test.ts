import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeInChildProcess } from '../../src/engine/backend-probe.ts';

// A backend is tried in a process of its own, so that a native library that crashes or hangs ends that process alone.

const workerOf = (name: string) => new URL(`../helpers/engine/${name}-worker.ts`, import.meta.url).href;
const SERVING = new URL('../../src/engine/engine-worker.ts', import.meta.url).href;

function probe(worker: string, signal = new AbortController().signal, startupTimeoutMs = 60_000): Promise<void> {
  return probeInChildProcess(
    { backend: 'wasm', explicit: true, build: 'SIMD', threads: 1, worker, startupTimeoutMs },
    signal,
  );
}

test('a backend that starts and passes its self-test is available', async () => {
  await probe(SERVING);
});

test('why it is not is the reason that its thread gives', async () => {
  await assert.rejects(probe(workerOf('broken')), /^Error: self-test "values": expected .*, got 0\.5$/);
});

test('the reason of a process that crashes has its signal and the last line of its error output', async () => {
  await assert.rejects(
    probe(workerOf('aborting')),
    /^Error: its process was ended by SIGABRT; its last error output: .*planted/,
  );
});

test('a backend that does not start in time is unavailable', async () => {
  await assert.rejects(probe(workerOf('hanging'), undefined, 200), /^Error: it did not start within 0\.2 s$/);
});

test('the probe ends with its signal, also if the backend hangs', async () => {
  const controller = new AbortController();
  const probing = assert.rejects(probe(workerOf('hanging'), controller.signal), /ended by SIGKILL/);
  setTimeout(() => controller.abort(), 200);
  await probing;
});
