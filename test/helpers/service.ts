import { after } from 'node:test';
import { pino } from 'pino';
import supertest from 'supertest';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { startTestEngine } from './engine/start-test-engine.ts';
import { buildTestApp } from './http/build-test-app.ts';

/** The service on a free port, closed after the tests of the file that started it. */
export interface TestService {
  readonly url: string;
  readonly http: ReturnType<typeof supertest>;
  /** Posts a batch and expects success. */
  focalLoss(request: object): Promise<Json>;
  /** Posts a batch and expects a problem with this code. */
  problem(request: unknown, code: string): Promise<Problem>;
}

// biome-ignore lint/suspicious/noExplicitAny: a response is any JSON that the service sent; tests read its fields.
export type Json = any;

export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly { pointer: string; message: string; index?: number[] }[];
  readonly more: number;
}

export async function startTestService(...flags: string[]): Promise<TestService> {
  const config = loadConfig(['--port', '0', '--engine-threads', '1', '--log-level', 'silent', ...flags], {}) as Config;
  const engine = startTestEngine({
    engine: config.engine,
    threads: config.engineThreads,
    queueLimit: config.queueLimit,
  });
  const app = await buildTestApp({ config, engine, logger: pino({ level: config.logLevel }) });
  await engine.ready;
  const url = await app.listen(listenOptions(config));
  after(async () => {
    await app.close();
    await engine.close();
  });

  const http = supertest(url);
  const post = (body: unknown) =>
    http
      .post('/v1/focal-loss')
      .set('content-type', 'application/json')
      .send(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    url,
    http,
    async focalLoss(request) {
      const { status, body } = await post(request);
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body;
    },
    async problem(request, code) {
      const { status, body, headers } = await post(request);
      if (body.code !== code) throw new Error(`expected ${code}, got ${status} ${JSON.stringify(body).slice(0, 500)}`);
      if (!headers['content-type']?.startsWith('application/problem+json')) {
        throw new Error(`expected application/problem+json, got ${headers['content-type']}`);
      }
      return body;
    },
  };
}
