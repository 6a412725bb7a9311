// Replaces src/engine/engine-worker.ts, with a backend that never starts.

Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
