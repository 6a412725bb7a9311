import { readFileSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { buildApp } from '../src/app.ts';
import { type Config, loadConfig } from '../src/config.ts';
import type { Engine } from '../src/engine/engine.ts';

// Writes openapi/ from the routes; with --check, compares instead and fails on drift.

const check = process.argv.includes('--check');
const noEngine: Engine = {
  ready: new Promise(() => {}),
  info: undefined,
  checkCapacity() {},
  enterQueue: () => ({ leave() {} }),
  retryAfterSeconds: 1,
  failed: new Promise(() => {}),
  stats: { waiting: 0, restarts: 0, memoryBytes: 0, tensors: 0, tensorBytes: 0 },
  evaluate: () => Promise.reject(new Error('documents are written without an engine')),
  close: () => Promise.resolve(),
};
const app = await buildApp({
  config: loadConfig([], {}) as Config,
  engine: noEngine,
  logger: pino({ level: 'silent' }),
});
await app.ready();

const documents = {
  'openapi.json': `${JSON.stringify(app.swagger(), null, 2)}\n`,
  'openapi.yaml': app.swagger({ yaml: true }),
};
for (const [name, text] of Object.entries(documents)) {
  const file = new URL(`../openapi/${name}`, import.meta.url);
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`openapi/${name} is not what the routes say: run npm run openapi\n`);
    process.exitCode = 1;
  }
}
await app.close();
