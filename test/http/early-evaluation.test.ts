import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import type { EvaluateOptions } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import { Lifecycle } from '../../src/http/lifecycle.ts';
import { until } from '../harness/until.ts';
import { closeAfterwards } from '../helpers/engine/gated-engine.ts';
import { alignedFile, type BatchOptions } from '../helpers/http/aligned-file.ts';
import { SAFETENSORS } from '../helpers/http/gated-batch.ts';
import { allReleased } from '../helpers/http/gated-service.ts';
import { send } from '../helpers/http/send.ts';
import { writeInTwo } from '../helpers/http/write-in-two.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';

// Batches that are computed while their last tensor arrives, with the engine and the codecs that serve.

const lifecycle = new Lifecycle();
const flags = ['--port', '0', '--engine-threads', '2', '--min-upload-bytes-per-second', '200000'];
const config = loadConfig(flags, {}) as Config;
const engine = closeAfterwards(startEngine({ engine: 'wasm', threads: 2, queueLimit: 1 }));
/** What became of each batch that began early; undefined: it is still arriving. */
const early: { outcome: 'computed' | 'failed' | undefined }[] = [];
const evaluate = engine.evaluate.bind(engine);
engine.evaluate = (batch, options: EvaluateOptions = {}) => {
  const evaluation = evaluate(batch, options);
  if (options.arrival) {
    const entry: (typeof early)[number] = { outcome: undefined };
    early.push(entry);
    evaluation.then(
      () => {
        entry.outcome = 'computed';
      },
      () => {
        entry.outcome = 'failed';
      },
    );
  }
  return evaluation;
};
await engine.ready;
const app = await buildApp({ config, engine, lifecycle, logger: pino({ level: 'silent' }) });
const url = await app.listen(listenOptions(config));
after(() => app.close());

const ROUTE = '/v1/focal-loss';
const SAMPLES = 20_000;
const CLASSES = 80;
const MEBIBYTE = 2 ** 20;

interface Outcome {
  readonly status: number;
  readonly tensors: unknown;
  readonly response: Record<string, unknown>;
}

function outcomeOf({ status, body }: { status: number; body: Buffer }): Outcome {
  if (status !== 200) return { status, tensors: undefined, response: { ...JSON.parse(`${body}`), request_id: '' } };
  const { tensors, metadata } = readTensorFile(body);
  return { status, tensors, response: { ...JSON.parse(metadata.response!), duration_ms: undefined } };
}

/** Sends a body in pieces that end at these offsets, each when the one before has been read. */
async function sendInPieces(file: Buffer, ends: readonly number[], pauseMs = 30): Promise<Outcome> {
  const sending = begin(file);
  let from = 0;
  for (const to of [...ends, file.length]) {
    sending.outgoing.write(file.subarray(from, to));
    from = to;
    if (to < file.length) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  sending.outgoing.end();
  return outcomeOf(await sending.response);
}

const begin = (file: Buffer) => send(url, ROUTE, { ...SAFETENSORS, 'content-length': file.length });

/** With chunked encoding, a body is computed when all of it is there. */
async function sendWithoutLength(file: Buffer): Promise<Outcome> {
  const sending = send(url, ROUTE, { ...SAFETENSORS, 'transfer-encoding': 'chunked' });
  sending.outgoing.end(file);
  return outcomeOf(await sending.response);
}

async function sendEarly(file: Buffer, ends: readonly number[]): Promise<[Outcome, string | undefined]> {
  const before = early.length;
  const outcome = await sendInPieces(file, ends);
  assert.equal(early.length, before + 1);
  return [outcome, early.at(-1)!.outcome];
}

const batch = (options: Partial<BatchOptions> = {}) =>
  alignedFile({ shape: [SAMPLES, CLASSES], classAxis: 1, ...options });

for (const [name, options] of Object.entries<Partial<BatchOptions>>({
  sigmoid: {},
  softmax: { metadata: { activation: '"softmax"' } },
  'images, channels first': { shape: [7, 19, 100, 100], metadata: { activation: '"softmax"', class_axis: '1' } },
  'float16 with sample weights': { dtype: 'F16', shape: [30_000, 80], weights: true },
})) {
  test(`the response has the same bytes, however the body arrives: ${name}`, async () => {
    const file = batch(options);
    const expected = await sendWithoutLength(file);
    assert.equal(expected.status, 200);
    const start =
      file.length - (options.dtype === 'F16' ? 2 : 4) * (options.shape ?? [SAMPLES, CLASSES]).reduce((a, b) => a * b);
    const chunkings = [
      [MEBIBYTE, 2 * MEBIBYTE, 3 * MEBIBYTE],
      [start + 1, start + 4 * 524_287, start + 4 * 524_288 + 1, file.length - 1],
      [start - 1, start + 2 * MEBIBYTE + 3],
      [2 * MEBIBYTE, file.length - 5, file.length - 4],
    ];
    for (const ends of chunkings) assert.deepEqual(await sendEarly(file, ends), [expected, 'computed']);
  });
}

test('errors are those of a body that arrived at once', async () => {
  const file = batch();
  const start = file.length - 4 * SAMPLES * CLASSES;
  const withLogit = (index: number, value: number) => {
    const changed = Buffer.from(file);
    changed.writeFloatLE(value, start + 4 * index);
    return changed;
  };
  const badLabel = Buffer.from(file);
  badLabel.writeInt32LE(CLASSES, start - 4);
  const twice = withLogit(5, Number.NaN);
  twice.writeFloatLE(Number.POSITIVE_INFINITY, file.length - 4);
  const bad = [withLogit(0, Number.NaN), withLogit(SAMPLES * CLASSES - 1, Number.NaN), twice];
  const overflow = batch({ metadata: { reduction: '"sum"', gradients_dtype: '"F16"' }, weights: true, weight: 1e30 });
  for (const changed of [...bad, overflow]) {
    const expected = await sendWithoutLength(changed);
    assert.equal(expected.status, 422);
    assert.deepEqual(await sendEarly(changed, [MEBIBYTE, 2 * MEBIBYTE, 4 * MEBIBYTE]), [expected, 'failed']);
  }
  const before = early.length;
  const expected = await sendWithoutLength(badLabel);
  assert.equal(expected.status, 422);
  assert.deepEqual(await sendInPieces(badLabel, [MEBIBYTE, 2 * MEBIBYTE, 4 * MEBIBYTE]), expected);
  assert.equal(early.length, before);
  await allReleased(url);
});

test('bodies with other tensors last, small ones, and those whose logits are not aligned, are computed when they are there', async () => {
  const before = early.length;
  for (const file of [batch({ logitsFirst: true }), batch({ shape: [1000, 80] }), batch({ misaligned: true })]) {
    assert.deepEqual(await sendInPieces(file, [MEBIBYTE, 3 * MEBIBYTE]), await sendWithoutLength(file));
  }
  assert.equal(early.length, before);
});

/** Sends all but the last bytes, and waits until the evaluation has begun. */
async function beginEarly(file: Buffer, bytes = file.length - MEBIBYTE): Promise<ReturnType<typeof begin>> {
  const before = early.length;
  const sending = begin(file);
  await writeInTwo(sending.outgoing, file.subarray(0, bytes));
  await until('it has begun', () => early.length > before);
  return sending;
}

test('a body that is still arriving has no place in the queue, and a second one is computed when it is there', async () => {
  const file = batch();
  const first = await beginEarly(file);
  assert.equal(engine.stats.waiting, 0);
  const count = early.length;
  const expected = await sendWithoutLength(file);
  assert.deepEqual(await sendInPieces(file, [MEBIBYTE, 2 * MEBIBYTE, 4 * MEBIBYTE]), expected);
  assert.equal(early.length, count);
  first.outgoing.end(file.subarray(file.length - MEBIBYTE));
  assert.deepEqual(outcomeOf(await first.response), expected);
  assert.equal(early.at(-1)!.outcome, 'computed');
  await allReleased(url);
});

test('a client that disconnects at any time leaves no memory and no work behind', async () => {
  const file = batch();
  const start = file.length - 4 * SAMPLES * CLASSES;
  for (const bytes of [start - 1, start, start + MEBIBYTE, start + 3 * MEBIBYTE, file.length - 1]) {
    const before = early.length;
    const sending = begin(file);
    await writeInTwo(sending.outgoing, file.subarray(0, bytes));
    if (bytes >= (6 * MEBIBYTE) / 16 && bytes >= start + MEBIBYTE)
      await until('it has begun', () => early.length > before);
    else await new Promise((resolve) => setTimeout(resolve, 20));
    sending.disconnect();
    await allReleased(url);
    assert.ok(early.slice(before).every(({ outcome }) => outcome === 'failed'));
  }
  assert.equal((await sendEarly(file, [MEBIBYTE, 2 * MEBIBYTE]))[1], 'computed');
});

test('a body that arrives slowly gives its early results up, and is evaluated when it is there', async () => {
  const file = batch();
  const sending = await beginEarly(file);
  await until('it is given up', () => early.at(-1)!.outcome === 'failed');
  sending.outgoing.end(file.subarray(file.length - MEBIBYTE));
  assert.deepEqual(outcomeOf(await sending.response), await sendWithoutLength(file));
  await allReleased(url);
});

test('the time for a batch begins with its last byte', async () => {
  const file = batch();
  const sending = await beginEarly(file);
  await new Promise((resolve) => setTimeout(resolve, 300));
  sending.outgoing.end(file.subarray(file.length - MEBIBYTE));
  const { body } = await sending.response;
  const { duration_ms } = JSON.parse(readTensorFile(body).metadata.response!);
  assert.ok(Object.values(duration_ms as Record<string, number>).every((ms) => ms >= 0 && ms < 300));
});

test('a shutdown ends what has begun', async () => {
  const file = batch();
  const sending = await beginEarly(file);
  lifecycle.rejectUploads();
  assert.equal((await sending.response).code, 'shutting_down');
  assert.equal(early.at(-1)!.outcome, 'failed');
  sending.disconnect();
  await allReleased(url);
});
