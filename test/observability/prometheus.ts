import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../harness/free-port.ts';
import { startProcess } from '../harness/start-process.ts';

/** Prometheus as a process, and its HTTP API. */
export class Prometheus {
  readonly #url: string;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#child = child;
  }

  /** @param folder for its data, and its configuration beside it */
  static async start(folder: string, config: string): Promise<Prometheus> {
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, config);
    const port = await freePort();
    const flags = {
      'config.file': file,
      'storage.tsdb.path': join(folder, 'data'),
      'web.listen-address': `127.0.0.1:${port}`,
    };
    const line = Object.entries({ ...flags, 'log.level': 'error' }).map(([name, value]) => `--${name}=${value}`);
    const child = startProcess('prometheus', line, { stdout: 'ignore' });
    child.stderr!.pipe(process.stderr);
    const prometheus = new Prometheus(port, child);
    while (!(await prometheus.#isReady())) {
      if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}`);
      await pause(100);
    }
    return prometheus;
  }

  async #isReady(): Promise<boolean> {
    return fetch(`${this.#url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** The numbers that a PromQL expression has now, one for each series. */
  async ask(expression: string): Promise<number[]> {
    const data = (await this.#get('query', { query: expression })) as { result: { value: [number, string] }[] };
    return data.result.map(({ value: [, number] }) => Number(number));
  }

  async labelValues(series: string, label: string): Promise<string[]> {
    return (await this.#get(`label/${label}/values`, { 'match[]': series })) as string[];
  }

  async #get(path: string, parameters: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await response.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`${Object.values(parameters).join()}: ${error}`);
    return data;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
