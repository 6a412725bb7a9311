import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../harness/free-port.ts';
import { isReady } from '../harness/service-process.ts';
import { plannedSnippets } from './snippets.ts';

// start.ts FOLDER RUNNER: runs the snippets that this runner of test/snippets/plan.json starts the service by, as they
// stand, in a copy of the working tree or where the package is installed, until it is ready, and stops it. They read the
// port from PORT.

const TIMEOUT_MS = 300_000;

const [, , cwd = '', runner = ''] = process.argv;
assert.ok(cwd && runner, 'expected a folder and a runner');
process.once('SIGTERM', () => process.exit(1));

for (const { page, text } of plannedSnippets().filter(({ by }) => by === runner)) {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), LOG_LEVEL: 'warn' };
  // A group of its own: npm's, the shell's and the service's processes end together.
  const child = spawn('sh', ['-ec', text], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  const stop = () => {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM');
  };
  process.once('exit', stop);
  const deadline = performance.now() + TIMEOUT_MS;
  try {
    while (!(await isReady(port))) {
      assert.equal(child.exitCode, null, `${page}: ${text} ended before the service was ready`);
      assert.ok(performance.now() < deadline, `${page}: ${text} got no service ready`);
      await pause(200);
    }
    process.stdout.write(`ok: ${page}: ${text}`);
  } finally {
    stop();
    process.off('exit', stop);
    await ended;
  }
}
