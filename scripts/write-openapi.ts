import { readFileSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { buildApp } from '../src/app.ts';
import { type Config, loadConfig } from '../src/config.ts';
import { openApi30 } from '../src/http/openapi/openapi-3.0.ts';
import { unreadyEngine } from '../test/harness/unready-engine.ts';

// Writes openapi/ from the routes; with --check, compares instead and fails on drift.

const check = process.argv.includes('--check');
const app = await buildApp({
  config: loadConfig([], {}) as Config,
  engine: unreadyEngine,
  logger: pino({ level: 'silent' }),
});
await app.ready();

const documents = {
  'openapi.json': `${JSON.stringify(app.swagger(), null, 2)}\n`,
  'openapi-3.0.json': `${JSON.stringify(openApi30(app.swagger() as never), null, 2)}\n`,
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
