import { writeSync } from 'node:fs';

// Replaces src/engine/engine-worker.ts, with a backend whose native library ends the process.

writeSync(2, 'planted: no device\n');
process.kill(process.pid, 'SIGABRT');
