import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './harness/free-port.ts';
import { isReady } from './harness/service-process.ts';
import { startProcess } from './harness/start-process.ts';
import { until } from './harness/until.ts';

// `npm start` as a supervisor would stop it: by a signal to npm alone. npm tells its shell, and not what the shell started.

const SHELLS = ['/bin/sh', '/bin/bash'].filter((shell) => existsSync(shell));

for (const shell of SHELLS) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} to npm alone ends the service and frees its port, with ${shell}`, async () => {
      const port = await freePort();
      // Without its scripts before and after, which would build `dist` while other tests run it.
      const args = [
        'start',
        '--ignore-scripts',
        '--script-shell',
        shell,
        '--',
        '--port',
        `${port}`,
        '--engine-threads',
        '1',
      ];
      const npm = startProcess('npm', args, { env: { npm_config_update_notifier: 'false' } });
      npm.stdout!.resume();
      after(() => npm.kill('SIGKILL'));
      await until('the service is ready', () => isReady(port));
      npm.kill(signal);
      const ended = once(npm, 'exit');
      assert.notEqual(await Promise.race([ended, sleep(10_000, 'still running', { ref: false })]), 'still running');
      const server = createServer().listen(port, '127.0.0.1'); // Throws if the port is still in use.
      await once(server, 'listening');
      server.close();
    });
  }
}
