import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Config, listenOptions, loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { scrape } from '../harness/scrape.ts';
import { until } from '../harness/until.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { buildTestApp } from '../helpers/http/build-test-app.ts';
import { inferenceBody, readInferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

const lines: Json[] = [];
const config = loadConfig(['--port', '0', '--engine-threads', '1'], {}) as Config;
const engine = startTestEngine({ engine: config.engine, threads: 1, queueLimit: config.queueLimit });
const logger = createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) });
const app = await buildTestApp({ config, engine, logger });
await engine.ready;
const url = await app.listen(listenOptions(config));
after(async () => {
  await app.close();
  await engine.close();
});

const SAFETENSORS = 'application/vnd.safetensors';
const CODE = 'probabilities_as_logits';

/** Small, for the HTTP thread; and large, for threads that read, evaluate and write. */
const SIZES = [8, 20_000];
const PROBABILITIES = (samples: number) => Array.from({ length: samples }, (_, i) => [0.02, 0.97, i % 2 ? 0.5 : 0.7]);

async function post(path: string, body: Buffer | object, headers: Record<string, string> = {}): Promise<Buffer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, bytes.toString().slice(0, 500));
  jsonBytes = Number(response.headers.get('inference-header-content-length') ?? bytes.length);
  return bytes;
}
/** Of the latest response. */
let jsonBytes = 0;

const codesIn = ({ warnings = [] }: Json): string[] => warnings.map(({ code }: Json) => code);
const numbersOf = ({ warnings: _, options: __, duration_ms: ___, ...rest }: Json) => rest;

for (const samples of SIZES) {
  const logits = PROBABILITIES(samples);
  const labels = logits.map((_, i) => i % 3);
  const batch = { logits, labels };

  test(`JSON of ${samples} samples has warnings, unless they are off, and then the same numbers`, async () => {
    const read = async (request: object) => JSON.parse(String(await post('/v1/focal-loss', request)));
    const response = await read(batch);
    assert.deepEqual(codesIn(response), [CODE]);
    assert.equal(response.warnings[0].pointer, '/logits');
    const silent = await read({ ...batch, warnings: false });
    assert.equal('warnings' in silent, false);
    assert.deepEqual([response.options.warnings, silent.options.warnings], [true, false]);
    assert.deepEqual(numbersOf(response), numbersOf(silent));
    const { warnings } = await read({ ...batch, logits: logits.map((row) => row.map((x) => 4 * x - 3)) });
    assert.equal(warnings, undefined);
  });

  test(`sweeps of ${samples} samples have warnings, unless they are off`, async () => {
    const read = async (request: object) => JSON.parse(String(await post('/v1/focal-loss/sweep', request)));
    const request = { ...batch, gammas: [0, 2] };
    assert.deepEqual(codesIn(await read(request)), [CODE]);
    assert.equal('warnings' in (await read({ ...request, warnings: false })), false);
  });

  test(`safetensors of ${samples} samples have warnings in the metadata, unless they are off`, async () => {
    for (const dtype of ['F32', 'F64'] as const) {
      const file = (metadata: Record<string, string>) =>
        tensorFile(
          {
            labels: { dtype: 'I64', shape: [samples], values: labels },
            logits: { dtype, shape: [samples, 3], values: logits.flat() },
          },
          metadata,
        );
      const read = async (metadata: Record<string, string>) => {
        const bytes = await post('/v1/focal-loss', file(metadata), { 'content-type': SAFETENSORS });
        return JSON.parse(readTensorFile(bytes).metadata.response!);
      };
      assert.deepEqual(codesIn(await read({})), [CODE]);
      assert.equal('warnings' in (await read({ warnings: 'false' })), false);
    }
  });

  test(`Open Inference of ${samples} samples has warnings as a parameter, unless they are off`, async () => {
    for (const binary of [false, true]) {
      const read = async (parameters: object) => {
        const tensors = {
          labels: { datatype: 'INT64', shape: [samples], values: labels, binary },
          logits: { datatype: 'FP32', shape: [samples, 3], values: logits.flat(), binary },
        } as const;
        const { body, jsonBytes: length } = inferenceBody(tensors, {
          parameters: { binary_data_output: binary, ...parameters },
        });
        const headers = binary ? { 'inference-header-content-length': String(length) } : undefined;
        const bytes = await post('/v2/models/focal-loss/infer', body, headers);
        return readInferenceBody(bytes, jsonBytes).head.parameters;
      };
      const { warnings } = await read({});
      assert.deepEqual(codesIn({ warnings: JSON.parse(warnings) }), [CODE]);
      assert.equal('warnings' in (await read({ warnings: false })), false);
    }
  });
}

test('warnings are counted by code, and the log has their codes', async () => {
  const count = async () => (await scrape(url)).samples.get(`focal_loss_warnings_total{code="${CODE}"}`)!;
  const before = await count();
  lines.length = 0;
  await post('/v1/focal-loss', { logits: PROBABILITIES(8), labels: [0, 1, 2, 0, 1, 2, 0, 1] });
  await post('/v1/focal-loss', { logits: [1, -2, 3], labels: [1, 0, 1] });
  assert.equal((await count()) - before, 1);
  const requests = () => lines.filter(({ path }) => path === '/v1/focal-loss');
  await until('both requests are logged', () => requests().length === 2);
  assert.deepEqual(
    requests().map(({ warnings }) => warnings),
    [[CODE], undefined],
  );
});

test('a value of warnings that is no boolean is rejected', async () => {
  const response = await fetch(`${url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ logits: [1], labels: [1], warnings: 'off' }),
  });
  assert.equal(response.status, 422);
  assert.match(await response.text(), /"pointer":"\/warnings".*expected a boolean/);
});
