import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/harness/free-port.ts';
import { isReady } from '../../test/harness/service-process.ts';
import { startProcess } from '../../test/harness/start-process.ts';
import type { ServiceResponse } from './compare.ts';
import type { ServiceRequest } from './formats.ts';

/** The service of a checkout, as it was built there. */
export interface CheckoutService {
  readonly port: number;
  send(request: ServiceRequest): Promise<ServiceResponse>;
  /** Asks it to finish, without waiting for it. */
  terminate(): void;
  /** Asks it to finish, and waits until it has. */
  stop(): Promise<void>;
}

export async function startCheckout(
  checkout: string,
  settings: Readonly<Record<string, string>>,
): Promise<CheckoutService> {
  const port = await freePort();
  const env = { HOST: '127.0.0.1', PORT: String(port), ENGINE: 'wasm', LOG_LEVEL: 'silent', ...settings };
  const child = startProcess(process.execPath, [join(checkout, 'dist', 'main.js')], { env, stdout: 'ignore' });
  child.stderr!.pipe(process.stderr, { end: false });
  const ended = once(child, 'close');
  for (const deadline = performance.now() + 60_000; !(await isReady(port)); await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the service of ${checkout} ended before it was ready`);
    if (performance.now() > deadline) throw new Error(`the service of ${checkout} did not get ready within 60 s`);
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const terminate = () => void child.kill('SIGTERM');
  return {
    port,
    send: (request) => send(port, agent, request),
    terminate,
    async stop() {
      agent.destroy();
      terminate();
      await ended;
    },
  };
}

/** A connection that breaks is an answer as well: both services have to break it. */
function send(port: number, agent: Agent, { method, path, headers, body }: ServiceRequest): Promise<ServiceResponse> {
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  return new Promise((resolve) => {
    const broken = (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, headers: {}, body: Buffer.from(error.code ?? error.message) });
    const options = { host: '127.0.0.1', port, agent, method, path, headers: { ...length, ...headers } };
    const outgoing = httpRequest(options, (response) => {
      response
        .toArray()
        .then((chunks) =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        )
        .catch(broken);
    });
    outgoing.on('error', broken);
    outgoing.end(body);
  });
}
