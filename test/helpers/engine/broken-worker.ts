// Replaces src/engine/engine-worker.ts, with a backend that fails its self-test.

throw new Error('self-test "values": expected a relative error of sums up to 0.000002, got 0.5');
