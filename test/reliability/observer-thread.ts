import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { makeNumbers } from '../../bench/batches.ts';
import { type Address, Connection, headerOf, requestHead } from '../harness/connection.ts';
import { FORMATS, requestIn, toBytes } from './request-formats.ts';
import { sameParts, stableParts } from './stable-response.ts';

// A thread of its own, so that the load of the client that is observed does not delay these measurements.

/** What was seen of a service; all times are milliseconds. */
export interface Observation {
  /** Of `/health/live`. */
  readonly live: number[];
  /** Of small batches, from the first attempt to the right response. */
  readonly honest: number[];
  /** Responses of `/health/live` other than 200, or none. */
  liveFailures: number;
  /** Small batches with a wrong result, or a status that does not ask for another attempt. */
  honestFailures: number;
  /** How late this thread itself was, at most. */
  lateMs: number;
}

export type ToObserver = { readonly address: Address } | 'stop';

const LIVE_MS = 10;
const HONEST_MS = 20;
/** How long a request may take at the end. */
const PATIENCE_MS = 20_000;

const LIVE = requestHead('GET', '/health/live');
const BATCHES = FORMATS.map((format) => toBytes(requestIn(format, makeNumbers(8, 4), {})));

let stop = async () => {};

parentPort!.on('message', async (message: ToObserver) => {
  if (message === 'stop') await stop();
  else await start(message.address);
});

async function start(address: Address): Promise<void> {
  const found: Observation = { live: [], honest: [], liveFailures: 0, honestFailures: 0, lateMs: 0 };
  const live = new Patient(address);
  const honest = new Patient(address);
  const expected: Buffer[][] = [];
  for (const batch of BATCHES) expected.push(await firstParts(honest, batch));
  let going = true;
  const working = Promise.all([
    (async () => {
      while (going) {
        const start = performance.now();
        const response = await live.send(LIVE);
        addWithMissed(found.live, performance.now() - start, LIVE_MS);
        if (response?.status !== 200) found.liveFailures += 1;
        const due = performance.now() + LIVE_MS;
        await sleep(LIVE_MS);
        found.lateMs = Math.max(found.lateMs, performance.now() - due);
      }
    })(),
    (async () => {
      for (let i = 0; going; i = (i + 1) % BATCHES.length) {
        const start = performance.now();
        const right = await sendHonestly(honest, BATCHES[i]!, expected[i]!, () => going);
        addWithMissed(found.honest, performance.now() - start, HONEST_MS);
        if (right === false) found.honestFailures += 1;
        await sleep(HONEST_MS);
      }
    })(),
  ]);
  stop = async () => {
    going = false;
    const impatience = setTimeout(() => {
      live.close();
      honest.close();
    }, PATIENCE_MS);
    await working;
    clearTimeout(impatience);
    live.close();
    honest.close();
    parentPort!.postMessage(found);
  };
  parentPort!.postMessage('started');
}

/** @throws {Error} if the service does not respond as it should even now */
async function firstParts(connection: Patient, batch: Buffer): Promise<Buffer[]> {
  const end = performance.now() + PATIENCE_MS;
  do {
    const response = await connection.send(batch);
    if (response?.status === 200) return stableParts(response);
    await sleep(100);
  } while (performance.now() < end);
  throw new Error('the service accepts no small batch before it is attacked');
}

/**
 * Sends a batch again when the service asks for it, as its clients do.
 *
 * @returns whether the response was right; undefined if there was none until the end
 */
async function sendHonestly(
  connection: Patient,
  batch: Buffer,
  expected: Buffer[],
  going: () => boolean,
): Promise<boolean | undefined> {
  do {
    const response = await connection.send(batch);
    const retryAfter = response && headerOf(response.head, 'retry-after');
    if (response?.status === 200) return sameParts(stableParts(response), expected);
    if (response && ![429, 503].includes(response.status)) return false;
    await sleep(retryAfter === undefined ? 100 : 1000 * Number(retryAfter));
  } while (going());
  return undefined;
}

/**
 * Adds also the requests that would have been sent meanwhile: each would have waited for the rest of the time. Without
 * them a service that hangs for ten seconds would have one bad latency among a thousand good ones.
 */
function addWithMissed(latencies: number[], ms: number, everyMs: number): void {
  latencies.push(ms);
  for (let rest = ms - everyMs; rest > 0; rest -= everyMs) latencies.push(rest);
}

/** A connection that is opened again when the service closes it. */
class Patient {
  readonly #address: Address;
  #connection: Connection | undefined;

  constructor(address: Address) {
    this.#address = address;
  }

  /** @returns undefined if there is no response */
  async send(request: Buffer) {
    try {
      if (this.#connection?.closed) this.#connection = undefined;
      this.#connection ??= await Connection.open(this.#address);
      return await this.#connection.send(request, { keepBody: true });
    } catch {
      this.close();
      return undefined;
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
