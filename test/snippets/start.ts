import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanEnvironment } from '../harness/clean-environment.ts';
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

const snippets = plannedSnippets().filter(({ by }) => by === runner);
for (const [i, { page, text }] of snippets.entries()) {
  const port = await freePort();
  // The first installs and builds; to those after it, npm would do the same again before it starts.
  const again = i > 0 ? { npm_config_ignore_scripts: 'true' } : {};
  const env = { ...cleanEnvironment(), ...again, PORT: String(port), LOG_LEVEL: 'warn' };
  // A group of its own: npm's, the shell's and the service's processes end together.
  const child = spawn('sh', ['-ec', text], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  const stop = () => {
    if (child.exitCode === null) process.kill(-child.pid!, 'SIGTERM');
  };
  process.once('exit', stop);
  const start = performance.now();
  const deadline = start + TIMEOUT_MS;
  try {
    while (!(await isReady(port))) {
      assert.equal(child.exitCode, null, `${page}: ${text} ended before the service was ready`);
      assert.ok(performance.now() < deadline, `${page}: ${text} got no service ready`);
      await pause(200);
    }
    await ask(port);
    // What a newcomer waits for: from the command to the first response, with whatever is installed and built for it.
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`ok: ${page}: ${text.trim()}: ${seconds} s to the first answer\n`);
  } finally {
    stop();
    process.off('exit', stop);
    await ended;
  }
}

/** Posts a batch of which the loss is known: two logits of 0, so p_t = ½ and each loss is α_t ¼ log 2. */
async function ask(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ logits: [0, 0], labels: [1, 0], outputs: ['loss'] }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const { loss } = JSON.parse(text) as { loss: number };
  assert.ok(Math.abs(loss - Math.LN2 / 8) < 1e-6, `expected ${Math.LN2 / 8}, got ${text}`);
}
