import { after } from 'node:test';
import { type Service, startServiceWith } from './service-process.ts';
import { until } from './until.ts';

// The built service in a process of its own, whose threads a test can hold at gates.

export interface GatedProcess extends Service {
  readonly url: string;
  /** Waits until its log has this message. */
  logged(message: string): Promise<void>;
}

export async function startGatedProcess(...flags: string[]): Promise<GatedProcess> {
  const imports = ['../../scripts/typescript.mjs', 'gated-threads.mjs'].map(
    (name) => new URL(name, import.meta.url).href,
  );
  const nodeFlags = imports.flatMap((url) => ['--import', url]);
  const service = await startServiceWith({ nodeFlags, stdout: 'pipe' }, '--engine-threads', '1', ...flags);
  after(() => service.signal('SIGKILL')); // A test may fail before it ends the process.
  const { pid, address, log } = service;
  return {
    pid,
    address,
    log,
    get ended() {
      return service.ended;
    },
    signal: (name) => service.signal(name),
    exit: () => service.exit(),
    stop: () => service.stop(),
    url: `http://127.0.0.1:${address}`,
    logged: (message) => until(`"${message}" is logged`, () => log.some((line) => JSON.parse(line).msg === message)),
  };
}
