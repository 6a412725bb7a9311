import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../harness/free-port.ts';
import { isReady } from '../harness/service-process.ts';
import { plannedSnippets } from './snippets.ts';

// Runs the snippets that start the service, as they stand, until it is ready, and ends it; the port comes by PORT. They
// install and build anew what tests run on, so .ci/start runs this apart from them.

const PATIENCE_MS = 300_000;

for (const { page, text } of plannedSnippets().filter(({ by }) => by === '.ci/start')) {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), LOG_LEVEL: 'warn' };
  // A group of its own: npm's, the shell's and the service's processes end together.
  const child = spawn('sh', ['-ec', text], { env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  const deadline = performance.now() + PATIENCE_MS;
  try {
    while (!(await isReady(port))) {
      assert.equal(child.exitCode, null, `${page}: ${text} ended before the service was ready`);
      assert.ok(performance.now() < deadline, `${page}: ${text} got no service ready`);
      await pause(200);
    }
    process.stdout.write(`ok: ${page}: ${text}`);
  } finally {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM');
    await ended;
  }
}
