import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { endOfLifeWarning } from '../src/core/supported-node.ts';
import { READS_ZSTD } from '../src/core/zstd.ts';
import { startServiceWith } from './harness/service-process.ts';
import { checkGolden, goldenCases } from './helpers/golden.ts';
import { zstdCompressSync } from './helpers/http/decode-body.ts';
import { FORMATS } from './helpers/http/request-formats.ts';
import { inferenceBody, readInferenceBody } from './helpers/inference-body.ts';
import type { Json } from './helpers/service.ts';
import { readTensorFile, tensorFile } from './helpers/tensor-file.ts';

// The built process, from its start to its end, on the Node that runs this. `.ci/smoke` runs it on other versions of Node.

const folder = mkdtempSync(join(tmpdir(), 'focal-loss-smoke-'));
after(() => rmSync(folder, { recursive: true }));

/** The warnings of Node itself, of any thread: deprecations, experiments, leaks of listeners. */
const warnings = join(folder, 'warnings');
const service = await startServiceWith(
  { stdout: 'pipe', nodeFlags: ['--throw-deprecation', '--trace-deprecation', `--redirect-warnings=${warnings}`] },
  '--engine-threads',
  '2',
  '--drain-delay-ms',
  '1000',
);
after(() => service.signal('SIGKILL')); // In case a test fails before it ends.
const url = `http://127.0.0.1:${service.address}`;

/** ln 2 times 0.25 times 0.5 squared, at two elements. */
const BATCH = { logits: [[0, 0]], labels: [[1, 0]], alpha: 0.25, reduction: 'sum' };
const LOSS = Math.LN2 / 4;
/** Large enough for all threads, those of the codecs and those of the engine. */
const SAMPLES = 400_000;
const LARGE = { logits: new Array(SAMPLES).fill(0), labels: new Array(SAMPLES).fill(1), alpha: null };

async function post(path: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array) {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, bytes.toString());
  return { headers: response.headers, bytes };
}

async function focalLoss(request: object, encode = (text: Buffer) => text, encoding?: string): Promise<Json> {
  const headers = { 'content-type': 'application/json', ...(encoding && { 'content-encoding': encoding }) };
  const { bytes } = await post('/v1/focal-loss', headers, encode(Buffer.from(JSON.stringify(request))));
  return JSON.parse(bytes.toString());
}

function assertLoss(actual: number, expected = LOSS): void {
  assert.ok(Math.abs(actual - expected) <= 2e-6 * expected, `expected ${expected}, got ${actual}`);
}

test('its log has a line about a Node without security fixes, and no other warning', () => {
  const logged = service.log.map((line): { level: number; msg: string } => JSON.parse(line));
  const expected = endOfLifeWarning(process.versions.node);
  assert.deepEqual(
    logged.filter(({ level }) => level >= 40).map(({ msg }) => msg),
    expected === undefined ? [] : [expected],
  );
});

test('it computes on the embedded engine, and says why on no other', async () => {
  const engine = (await (await fetch(`${url}/v1/engine`)).json()) as Json;
  assert.equal(engine.versions.node, process.versions.node);
  assert.ok(engine.self_test.worst_relative_error < engine.self_test.tolerance);
  for (const { reason } of engine.skipped) assert.match(reason, /\w/);
});

for (const path of ['/', '/docs/', '/metrics', '/openapi.json', '/health/live', '/v2/models/focal-loss']) {
  test(`it responds at ${path}`, async () => {
    const response = await fetch(`${url}${path}`);
    assert.equal(response.status, 200);
    assert.ok((await response.text()).length > 0);
  });
}

for (const [format, send] of Object.entries(FORMATS)) {
  test(`a request in ${format}`, async () => {
    const { status, body } = await send({ url } as Parameters<typeof send>[0], BATCH);
    assert.equal(status, 200);
    const loss = body.loss ?? body.outputs.find(({ name }: Json) => name === 'loss').data[0];
    assertLoss(loss);
  });
}

test('a response in safetensors', async () => {
  const logits = { dtype: 'F32', shape: [1, 2], values: [0, 0] } as const;
  const labels = { dtype: 'U8', shape: [1, 2], values: [1, 0] } as const;
  const file = tensorFile({ logits, labels }, { reduction: 'sum', alpha: '0.25' });
  const { bytes } = await post('/v1/focal-loss', { 'content-type': 'application/vnd.safetensors' }, file);
  const { tensors, metadata } = readTensorFile(bytes);
  assertLoss(JSON.parse(metadata.response!).loss);
  assert.deepEqual(tensors.gradients!.shape, [1, 2]);
});

test('a request and a response in binary tensors of the Open Inference Protocol', async () => {
  const { body, jsonBytes } = inferenceBody(
    {
      logits: { datatype: 'FP32', shape: [1, 2], values: [0, 0], binary: true },
      labels: { datatype: 'UINT8', shape: [1, 2], values: [1, 0], binary: true },
    },
    { parameters: { reduction: 'sum', alpha: 0.25, binary_data_output: true } },
  );
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': `${jsonBytes}` };
  const response = await post('/v2/models/focal-loss/infer', headers, body);
  const length = Number(response.headers.get('inference-header-content-length'));
  assertLoss(Number(readInferenceBody(response.bytes, length).outputs.loss!.values[0]));
});

test('a sweep', async () => {
  const request = JSON.stringify({ logits: [[0, 0]], labels: [[1, 0]], gammas: [0, 2], alphas: [null] });
  const { bytes } = await post('/v1/focal-loss/sweep', { 'content-type': 'application/json' }, request);
  assert.equal(JSON.parse(bytes.toString()).grid.length, 2);
});

test('bodies in gzip', async () => assertLoss((await focalLoss(BATCH, gzipSync, 'gzip')).loss));

test('bodies in zstd', { skip: READS_ZSTD ? false : 'this Node does not read zstd correctly' }, async () =>
  assertLoss((await focalLoss(BATCH, zstdCompressSync!, 'zstd')).loss),
);

test('values of 60-digit arithmetic', async () => {
  for (const golden of goldenCases) await checkGolden(golden, focalLoss);
});

test('a batch for all threads, which is finished after SIGTERM; then the process ends with 0', async () => {
  const large = focalLoss(LARGE);
  const small = focalLoss(BATCH);
  service.signal('SIGTERM');
  assertLoss((await large).loss, LOSS);
  assertLoss((await small).loss);
  assert.equal(await service.exit(), 0);
});

test('Node warned of nothing', () => {
  assert.equal(existsSync(warnings) ? readFileSync(warnings, 'utf8') : '', '');
});
