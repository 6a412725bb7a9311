import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedBody } from '../../src/codecs/codec.ts';
import type { CodecPool } from '../../src/codecs/codec-pool.ts';
import { jsonCodec } from '../../src/codecs/json/json-codec.ts';
import { openInferenceCodec } from '../../src/codecs/open-inference/open-inference-codec.ts';
import { safetensorsCodec } from '../../src/codecs/safetensors/safetensors-codec.ts';
import { sweepCodec } from '../../src/codecs/sweep/sweep-codec.ts';
import { unpooled } from '../../src/core/allocator.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { emptyEvaluation, totalsLength } from '../../src/loss/evaluation.ts';
import { evaluationCount } from '../../src/loss/hyper-parameters.ts';
import { until } from '../harness/until.ts';
import { writtenFile } from '../helpers/codecs/safetensors-file.ts';
import { startCodecPool } from '../helpers/codecs/start-codec-pool.ts';

const WORKER = new URL('../helpers/codecs/failing-codec-worker.ts', import.meta.url).href;

/** Large enough to be read in a thread, and not in the one that is for short bodies. */
function body(className: string, count = 150_000): ReceivedBody {
  const numbers = new Array(count).fill(1);
  const bytes = Buffer.from(JSON.stringify({ class_names: [className], logits: numbers, labels: numbers }));
  return { bytes, encoding: undefined, limit: bytes.length, jsonBytes: undefined };
}

test('a thread that ends is replaced and counted, and only its own task fails', async () => {
  const codec = startCodecPool(1, WORKER);
  try {
    const read = (className: string) => codec.read(jsonCodec, body(className), unpooled);
    assert.equal((await read('none')).batch.counts.elements, 150_000);
    assert.equal(codec.restarts, 0);
    const [lost, waiting] = await Promise.allSettled([read('exit'), read('none')]);
    assert.ok(lost.status === 'rejected' && lost.reason instanceof ServiceError);
    assert.deepEqual([lost.reason.code, lost.reason.retryAfterSeconds], ['engine_unavailable', 1]);
    assert.equal(waiting.status, 'fulfilled');
    await until('the thread has been replaced', () => codec.restarts === 1);
  } finally {
    await codec.close();
  }
});

test('a body that is cancelled while it waits for a thread is not read, and ends before those that came before it', async () => {
  const codec = startCodecPool(1, WORKER);
  try {
    const read = async (cancellation?: Cancellation) => codec.read(jsonCodec, body('none'), unpooled, cancellation);
    const cancellation = new Cancellation();
    const [running, earlier, waiting] = [read(), read(), read(cancellation)];
    cancellation.abort();
    const rejected = assert.rejects(waiting, { code: 'deadline_exceeded' });
    const first = await Promise.race([waiting.catch(() => 'cancelled'), earlier]);
    assert.equal(first, 'cancelled');
    await Promise.all([running, rejected, earlier]);
  } finally {
    await codec.close();
  }
});

test('closing ends a thread that hangs, and fails its task', { timeout: 60_000 }, async () => {
  const codec = startCodecPool(1, WORKER);
  const hanging = assert.rejects(async () => codec.read(jsonCodec, body('hang'), unpooled), {
    code: 'engine_unavailable',
  });
  await codec.close();
  await hanging;
});

test('short bodies do not wait for long ones', async () => {
  const codec = startCodecPool(1, WORKER);
  try {
    const order: string[] = [];
    const read = async (className: string, count?: number) => {
      await codec.read(jsonCodec, body(className, count), unpooled);
      order.push(className);
    };
    await Promise.all([read('slow'), read('none'), read('short', 10_000)]);
    assert.deepEqual(order, ['short', 'slow', 'none']);
  } finally {
    await codec.close();
  }
});

/** The pool that it gets has no threads any more, so a task for one fails. */
async function withoutThreads(use: (codec: CodecPool) => Promise<void>): Promise<void> {
  const codec = startCodecPool(1, WORKER);
  await codec.close();
  await use(codec);
}

/** 4 MB of logits, labelled with zeros. */
function file(
  samples: number,
  classes: number,
  labels: readonly number[],
  metadata: Record<string, string> = { activation: 'softmax', outputs: '["loss","per_class"]' },
): ReceivedBody {
  const written = writtenFile(
    [
      { name: 'logits', dtype: 'F32', shape: [samples, classes] },
      { name: 'labels', dtype: 'U8', shape: labels },
    ],
    metadata,
  );
  const logitsEnd = written.length - labels.reduce((product, size) => product * size, 1);
  const bytes = unpooled.bytes(written.length);
  bytes.set(written.subarray(0, logitsEnd));
  bytes.fill(0, logitsEnd - 4 * samples * classes);
  return { bytes, encoding: undefined, limit: bytes.length, jsonBytes: 0 };
}

test('a large body of logits with few labels is read without a thread, one of many labels or classes is not', () =>
  withoutThreads(async (codec) => {
    const read = async (body: ReceivedBody) => codec.read(safetensorsCodec, body, unpooled);
    assert.equal((await read(file(10_000, 100, [10_000]))).batch.counts.elements, 1_000_000);
    await assert.rejects(read(file(10_000, 100, [10_000, 100])));
    await assert.rejects(read(file(100, 10_000, [100])));
    await assert.rejects(read({ ...file(10_000, 100, [10_000]), encoding: 'gzip' }));
  }));

test('JSON of 24 KB is read without a thread if it is numbers of few classes, and not if it is anything else', () =>
  withoutThreads(async (codec) => {
    const read = async (samples: number, classes: number, options: object = {}) => {
      const logits = new Array(samples).fill(new Array(classes).fill(1.2345678));
      const bytes = Buffer.from(JSON.stringify({ logits, labels: new Array(samples).fill(0), ...options }));
      return codec.read(jsonCodec, { bytes, encoding: undefined, limit: bytes.length, jsonBytes: undefined }, unpooled);
    };
    assert.equal((await read(30, 80)).batch.counts.elements, 2400);
    await assert.rejects(read(1, 2400));
    await assert.rejects(read(60, 80));
    const names = new Array(80).fill('x'.repeat(250));
    await assert.rejects(read(10, 80, { class_names: names }));
  }));

test('a sweep of few α for few classes is read without a thread, one of many or in JSON is not', () =>
  withoutThreads(async (codec) => {
    const read = async (alphas: number, samples = 10_000, classes = 100) => {
      const metadata = { gammas: '[0,2]', alphas: JSON.stringify(new Array(alphas).fill(0.5)) };
      return codec.read(sweepCodec(safetensorsCodec), file(samples, classes, [samples], metadata), unpooled);
    };
    assert.equal((await read(3)).sweep.alphas.length, 3);
    await assert.rejects(read(100));
    await assert.rejects(read(3, 500, 2000));
    const sweep = Buffer.from(JSON.stringify({ gammas: [2], logits: [1, 2], labels: [0, 1] }));
    const body = { bytes: sweep, encoding: undefined, limit: sweep.length, jsonBytes: undefined };
    await assert.rejects(async () => codec.read(sweepCodec(jsonCodec), body, unpooled));
  }));

test('the breakdown of five thousand classes is written without a thread as tensors, and not as JSON', () =>
  withoutThreads(async (codec) => {
    const request = await codec.read(safetensorsCodec, file(200, 5000, [200]), unpooled);
    const totals = emptyEvaluation(request.batch, (length) => new Float32Array(length));
    const metadata = { engine: { name: 'wasm', device: '' }, durations: { queue: 0, decode: 0, compute: 0 } };
    const write = async (format: typeof jsonCodec) => {
      const plan = format.planResponse(request, unpooled);
      return codec.write(format, { request, plan, totals, metadata });
    };
    assert.ok((await write(safetensorsCodec)).bytes.length > 20 * 8 * 5000);
    await assert.rejects(write(jsonCodec));
  }));

test('the shares of a sweep of 15 points are written without a thread for 80 classes, and not for 200', () =>
  withoutThreads(async (codec) => {
    const format = sweepCodec(safetensorsCodec);
    const write = async (classes: number) => {
      const body = file(100, classes, [100], { gammas: '[0,1,2,3,5]', alphas: '[0.25,0.5,0.75]' });
      const request = await codec.read(format, body, unpooled);
      const evaluations = evaluationCount(request.hyperParameters!, classes);
      const totals = { sums: new Float64Array(evaluations * totalsLength(request.batch)).fill(1) };
      const metadata = { engine: { name: 'wasm', device: '' }, durations: { queue: 0, decode: 0, compute: 0 } };
      const plan = format.planResponse(request, unpooled);
      return codec.write(format, { request, plan, totals, metadata });
    };
    assert.equal(JSON.parse(Buffer.from((await write(80)).bytes).toString()).grid.length, 15);
    await assert.rejects(write(200));
  }));

test('a thread gets only those regions of shared memory that the request names', async () => {
  const codec = startCodecPool(1, WORKER);
  const region = (name: string) => ({ name, key: name, offset: 0, byteSize: 8, fd: -1, inode: 1 });
  const regions = new Map(['a', 'b', 'c'].map((name) => [name, region(name)]));
  const inside = (name: string) => ({ name, parameters: { shared_memory_region: name, shared_memory_byte_size: 2e6 } });
  const read = (spelling: (json: string) => string) => {
    const bytes = Buffer.from(spelling(JSON.stringify({ inputs: [inside('b')], outputs: [inside('unknown')] })));
    return codec.read(
      openInferenceCodec,
      { bytes, encoding: undefined, limit: 1e6, jsonBytes: undefined, regions },
      unpooled,
    );
  };
  try {
    await assert.rejects(async () => read((json) => json), { message: 'b' });
    await assert.rejects(async () => read((json) => json.replaceAll('"b"', '"\\u0062"')), { message: 'b' });
    await assert.rejects(async () => read((json) => json + ' '.repeat(20_000)), { message: 'a,b,c' });
  } finally {
    await codec.close();
  }
});
