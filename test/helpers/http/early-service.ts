import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type Config, listenOptions, loadConfig } from '../../../src/config.ts';
import type { Engine, EvaluateOptions } from '../../../src/engine/engine.ts';
import { Lifecycle } from '../../../src/http/lifecycle.ts';
import { closeAfterwards } from '../engine/gated-engine.ts';
import { startTestEngine } from '../engine/start-test-engine.ts';
import { buildTestApp } from './build-test-app.ts';
import { type EarlyBody, type Outcome, outcomeOf } from './early-body.ts';
import { type Sending, send } from './send.ts';
import { writeUntilBegun } from './write-in-two.ts';

/** What became of each batch that began early; undefined: it is still arriving. */
export type EarlyOutcome = 'computed' | 'failed' | undefined;

/** A service with the engine and the codecs that serve, which notes the batches that begin before their body is there. */
export class EarlyService {
  readonly url: string;
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  readonly outcomes: EarlyOutcome[] = [];

  constructor(url: string, engine: Engine, lifecycle: Lifecycle) {
    this.url = url;
    this.engine = engine;
    this.lifecycle = lifecycle;
    const evaluate = engine.evaluate.bind(engine);
    engine.evaluate = (batch, options: EvaluateOptions = {}) => {
      const evaluation = evaluate(batch, options);
      if (options.arrival) this.#note(evaluation);
      return evaluation;
    };
  }

  begin({ path, headers, bytes }: EarlyBody): Sending {
    return send(this.url, path, { ...headers, 'content-length': bytes.length });
  }

  /** With chunked encoding, a body is computed when all of it is there. */
  async sendWithoutLength({ path, headers, bytes }: EarlyBody): Promise<Outcome> {
    const sending = send(this.url, path, { ...headers, 'transfer-encoding': 'chunked' });
    sending.outgoing.end(bytes);
    return outcomeOf(await sending.response);
  }

  /** Sends a body in pieces that end at these offsets, with a pause between them. */
  async sendInPieces(body: EarlyBody, ends: readonly number[], pauseMs = 30): Promise<Outcome> {
    const sending = this.begin(body);
    let from = 0;
    for (const to of [...ends, body.bytes.length]) {
      sending.outgoing.write(body.bytes.subarray(from, to));
      from = to;
      if (to < body.bytes.length) await sleep(pauseMs);
    }
    sending.outgoing.end();
    return outcomeOf(await sending.response);
  }

  /** The same with a body that has to begin early: with longer pauses if a busy machine saw its pieces at once. */
  async sendEarly(body: EarlyBody, ends: readonly number[]): Promise<[Outcome, EarlyOutcome]> {
    const before = this.outcomes.length;
    for (const pauseMs of [30, 100, 300, 1000]) {
      const outcome = await this.sendInPieces(body, ends, pauseMs);
      if (this.outcomes.length > before) return [outcome, this.outcomes.at(-1)];
    }
    assert.fail('the evaluation never began early');
  }

  /** Sends all but the last bytes, and waits until the evaluation has begun. @returns what is left */
  async beginEarly(body: EarlyBody): Promise<{ sending: Sending; rest: Buffer }> {
    const before = this.outcomes.length;
    const sending = this.begin(body);
    const end = await writeUntilBegun(sending.outgoing, body.bytes, () => this.outcomes.length > before);
    return { sending, rest: body.bytes.subarray(end) };
  }

  #note(evaluation: Promise<unknown>): void {
    const i = this.outcomes.push(undefined) - 1;
    evaluation.then(
      () => {
        this.outcomes[i] = 'computed';
      },
      () => {
        this.outcomes[i] = 'failed';
      },
    );
  }
}

export async function startEarlyService(): Promise<EarlyService> {
  const flags = ['--port', '0', '--engine-threads', '2', '--min-upload-bytes-per-second', '200000'];
  const config = loadConfig(flags, {}) as Config;
  const engine = closeAfterwards(startTestEngine({ engine: 'wasm', threads: 2, queueLimit: 1 }));
  const lifecycle = new Lifecycle();
  await engine.ready;
  const app = await buildTestApp({ config, engine, lifecycle, logger: pino({ level: 'silent' }) });
  after(() => app.close());
  return new EarlyService(await app.listen(listenOptions(config)), engine, lifecycle);
}
