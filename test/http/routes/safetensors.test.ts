import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dtype } from '../../../src/codecs/dtype.ts';
import { toFloat32 } from '../../../src/core/float16/float16.ts';
import { readSampleRequest, readSampleTensors } from '../../harness/read-sample.ts';
import { toFloat16 } from '../../harness/to-float16.ts';
import { type Json, startTestService } from '../../helpers/service.ts';
import { type FileTensors, type ReadFile, readTensorFile, tensorFile } from '../../helpers/tensor-file.ts';

const service = await startTestService();
const SAFETENSORS = 'application/vnd.safetensors';
const EVERYTHING = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'];

async function post(body: Buffer, headers: Record<string, string> = {}) {
  return fetch(`${service.url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': SAFETENSORS, ...headers },
    body: new Uint8Array(body),
  });
}

async function evaluated(body: Buffer, headers: Record<string, string> = {}): Promise<ReadFile> {
  const response = await post(body, headers);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return readTensorFile(Buffer.from(await response.arrayBuffer()));
}

async function rejects(body: Buffer, code: string, headers: Record<string, string> = {}): Promise<Json> {
  const problem = (await (await post(body, headers)).json()) as Json;
  assert.equal(problem.code, code, JSON.stringify(problem).slice(0, 500));
  return problem;
}

/** Options as metadata: strings as bare words, everything else as JSON. */
const metadataOf = (options: object) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );

/** The response in JSON, with a tensor's values as JSON numbers where the file has them. */
function checkAgainstJson({ tensors, metadata }: ReadFile, json: Json): void {
  const { per_class, gradients, elementwise, hessian_diagonal, engine, duration_ms, ...rest } = json;
  const response = JSON.parse(metadata.response!);
  assert.deepEqual(Object.keys(response.duration_ms), Object.keys(duration_ms));
  assert.deepEqual(response.engine, engine);
  for (const [name, value] of Object.entries(rest)) assert.deepEqual(response[name], value, name);
  for (const [name, want] of Object.entries({ gradients, elementwise, hessian_diagonal })) {
    assert.equal(name in tensors, want !== undefined, name);
    if (want === undefined) continue;
    assert.equal(tensors[name]!.dtype, 'F32');
    const flat = want.flat(5).map(Math.fround);
    assert.deepEqual(
      tensors[name]!.values.map((value) => (value === 0 ? 0 : value)),
      flat,
      name,
    );
  }
  const names = per_class?.map((c: Json) => c.name);
  if (names?.[0] !== undefined) assert.deepEqual(response.class_names, names);
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    if (!name.startsWith('per_class.')) continue;
    assert.deepEqual(shape, [per_class.length]);
    const [, field, part] = name.split('.') as [string, string, string?];
    const want = per_class.map((c: Json) => (part ? c[field][part] : c[field]));
    assert.equal(dtype, part ? 'F64' : 'I64');
    assert.deepEqual(
      values.map(Number),
      want.map((value: number | null) => value ?? Number.NaN),
      name,
    );
  }
  const count = Object.keys(tensors).filter((name) => name.startsWith('per_class.')).length;
  assert.equal(count, per_class ? 20 : 0);
}

const nested = (values: readonly (number | bigint)[], shape: readonly number[]): unknown => {
  const [size = 1, ...rest] = shape;
  if (rest.length === 0) return values.map(Number);
  const step = values.length / size;
  return Array.from({ length: size }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
};

for (const [name, options] of Object.entries<object>({
  'breast-cancer': {},
  'coins-detection': optionsOf('coins-detection'),
  'digits-longtail': optionsOf('digits-longtail'),
  'coins-edges': { class_axis: 1, ignore_index: -1, class_names: ['inside "quotes"', 'é\u2028'] },
})) {
  test(`${name}: a safetensors file and the same numbers in JSON give the same response, bit for bit`, async () => {
    const { tensors } = readTensorFile(readSampleTensors(name));
    const request = { ...options, outputs: EVERYTHING };
    const json = await service.focalLoss({
      ...request,
      ...Object.fromEntries(
        Object.entries(tensors).map(([field, { values, shape }]) => [field, nested(values, shape)]),
      ),
    });
    checkAgainstJson(await evaluated(tensorFile(tensors, metadataOf(request))), json);
  });
}

for (const name of ['breast-cancer', 'coins-detection', 'digits-longtail']) {
  test(`${name}: the rounded numbers of the JSON file give nearly the same loss`, async () => {
    const json = await service.focalLoss(readSampleRequest(`${name}.json`));
    const { tensors } = readTensorFile(readSampleTensors(name));
    const { metadata } = await evaluated(tensorFile(tensors, metadataOf(optionsOf(name))));
    const { loss } = JSON.parse(metadata.response!);
    assert.ok(Math.abs(loss / json.loss - 1) < 1e-5, `${loss} against ${json.loss}`);
  });
}

function optionsOf(name: string): object {
  const { logits, labels, ...options } = readSampleRequest(`${name}.json`);
  return options;
}

const LOGITS = [2.2, -1.3, -4, 0.5, 17, -0.25];
const small = (changes: FileTensors = {}, metadata: Record<string, string> = {}) =>
  tensorFile(
    {
      logits: { dtype: 'F32', shape: [2, 3], values: LOGITS },
      labels: { dtype: 'I64', shape: [2], values: [0, 2] },
      ...changes,
    },
    metadata,
  );

for (const dtype of ['F64', 'F32', 'F16', 'BF16'] as const) {
  test(`predictions in ${dtype} are read exactly`, async () => {
    const half = dtype === 'F16' || dtype === 'BF16';
    const bits = new Uint16Array(6);
    if (half) toFloat16(Float32Array.from(LOGITS), dtype, bits);
    const numbers = half ? [...toFloat32(bits, dtype)] : LOGITS;
    const file = small({ logits: { dtype, shape: [2, 3], values: half ? [...bits] : LOGITS } });
    checkAgainstJson(
      await evaluated(file),
      await service.focalLoss({ logits: nested(numbers, [2, 3]), labels: [0, 2] }),
    );

    const p = [0.25, 0.5, 0.75, 0.125, 1, 0];
    const pBits = new Uint16Array(6);
    if (half) toFloat16(Float32Array.from(p), dtype, pBits);
    const probabilities = tensorFile({
      probabilities: { dtype, shape: [2, 3], values: half ? [...pBits] : p },
      labels: { dtype: 'I64', shape: [2], values: [0, 2] },
    });
    checkAgainstJson(
      await evaluated(probabilities),
      await service.focalLoss({ probabilities: nested(p, [2, 3]), labels: [0, 2] }),
    );
  });
}

for (const dtype of [
  'F64',
  'F32',
  'F16',
  'BF16',
  'I64',
  'I32',
  'I16',
  'I8',
  'U64',
  'U32',
  'U16',
  'U8',
  'BOOL',
] as const) {
  test(`labels in ${dtype} are read, dense and as class indices`, async () => {
    const bitsOf: Partial<Record<Dtype, number[]>> = { F16: [0, 0x3c00, 0x4000], BF16: [0, 0x3f80, 0x4000] };
    const stored = (numbers: number[]) => numbers.map((y) => bitsOf[dtype]?.[y] ?? y);
    const dense = [1, 0, 0, 0, 1, 1];
    const logits = nested(LOGITS, [2, 3]);
    checkAgainstJson(
      await evaluated(small({ labels: { dtype, shape: [2, 3], values: stored(dense) } })),
      await service.focalLoss({ logits, labels: nested(dense, [2, 3]) }),
    );
    const indices = dtype === 'BOOL' ? [0, 1] : [0, 2];
    checkAgainstJson(
      await evaluated(small({ labels: { dtype, shape: [2], values: stored(indices) } })),
      await service.focalLoss({ logits, labels: indices }),
    );
  });
}

test('ignored and negative labels are read from signed integers', async () => {
  for (const dtype of ['I64', 'I32', 'I16', 'I8', 'F64'] as const) {
    const { metadata } = await evaluated(
      small({ labels: { dtype, shape: [2], values: [-100, -1] } }, { background_index: '-1' }),
    );
    assert.deepEqual(JSON.parse(metadata.response!).counts, {
      samples: 2,
      classes: 3,
      elements: 6,
      ignored: 3,
      positives: 0,
    });
  }
});

test('options may be tensors, and a single element applies to all classes', async () => {
  const options = { gamma: [0.5, 1, 2], alpha: [0.1, 0.5, 0.9], class_weights: [1, 2, 3], sample_weights: [1, 0.5] };
  const json = await service.focalLoss({ ...options, logits: nested(LOGITS, [2, 3]), labels: [0, 2] });
  const as = (dtype: 'F32' | 'F64', values: number[]) => ({ dtype, shape: [values.length], values });
  const file = small({
    gamma: as('F32', options.gamma),
    alpha: as('F64', options.alpha),
    class_weights: as('F32', options.class_weights),
    sample_weights: as('F64', options.sample_weights),
  });
  checkAgainstJson(await evaluated(file), json);

  const single = await service.focalLoss({ gamma: 1.5, logits: nested(LOGITS, [2, 3]), labels: [0, 2] });
  for (const shape of [[], [1]]) {
    checkAgainstJson(await evaluated(small({ gamma: { dtype: 'F64', shape, values: [1.5] } })), single);
  }
});

test('tensors that are not aligned are read, too', async () => {
  const json = await service.focalLoss({ logits: nested(LOGITS, [2, 3]), labels: [0, 2] });
  for (let spaces = 0; spaces < 8; spaces++) {
    const file = tensorFile(
      {
        labels: { dtype: 'U8', shape: [2], values: [0, 2] },
        logits: { dtype: 'F32', shape: [2, 3], values: LOGITS },
      },
      { format: 'x'.repeat(spaces) },
    );
    checkAgainstJson(await evaluated(file), json);
  }
});

for (const dtype of ['F16', 'BF16'] as const) {
  test(`gradients in ${dtype} are the F32 gradients, rounded`, async () => {
    const f32 = await evaluated(small());
    const half = await evaluated(small({}, { gradients_dtype: dtype, outputs: '["gradients", "hessian"]' }));
    const bits = new Uint16Array(6);
    toFloat16(Float32Array.from(f32.tensors.gradients!.values, Number), dtype, bits);
    assert.deepEqual(half.tensors.gradients, { dtype, shape: [2, 3], values: [...bits] });
    assert.equal(half.tensors.hessian_diagonal!.dtype, 'F32');

    const json = await service.focalLoss({ logits: nested(LOGITS, [2, 3]), labels: [0, 2], gradients_dtype: dtype });
    assert.deepEqual(json.gradients.flat().map(Math.fround), [...toFloat32(bits, dtype)]);
  });
}

test('the response has the format that Accept names, otherwise that of the request', async () => {
  const json = Buffer.from(JSON.stringify({ logits: [1, -1], labels: [1, 0] }));
  const file = small();
  const typeOf = async (body: Buffer, sent: string, accept?: string) => {
    const response = await post(body, { 'content-type': sent, ...(accept && { accept }) });
    assert.equal(response.status, 200);
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.headers.get('content-type') === 'application/json') JSON.parse(bytes.toString());
    else readTensorFile(bytes);
    return response.headers.get('content-type');
  };
  assert.equal(await typeOf(file, SAFETENSORS), SAFETENSORS);
  assert.equal(await typeOf(file, SAFETENSORS, '*/*'), SAFETENSORS);
  assert.equal(await typeOf(file, 'application/octet-stream'), 'application/octet-stream');
  assert.equal(await typeOf(file, 'application/octet-stream', SAFETENSORS), SAFETENSORS);
  assert.equal(await typeOf(file, SAFETENSORS, 'application/json'), 'application/json');
  assert.equal(await typeOf(json, 'application/json; charset=utf-8'), 'application/json');
  assert.equal(await typeOf(json, 'application/json', SAFETENSORS), SAFETENSORS);
  assert.equal(
    await typeOf(json, 'application/json', 'application/json;q=0.5, application/octet-stream'),
    'application/octet-stream',
  );
  const problem = await rejects(file, 'not_acceptable', { accept: 'text/html' });
  assert.match(problem.detail, /application\/json, application\/vnd\.safetensors/);
});

test('logits that are not finite as float32 are reported, in any dtype', async () => {
  const nan = await rejects(
    small({ logits: { dtype: 'F32', shape: [2, 3], values: [1, Number.NaN, 2, 3, Number.NEGATIVE_INFINITY, 4] } }),
    'invalid_request',
  );
  assert.deepEqual(
    nan.errors.map(({ pointer, message }: Json) => [pointer, message]),
    [
      [
        '/logits/0/1',
        'expected a number finite as float32 (at most ±3.4028235e+38), got NaN: only where it is ignored or has weight 0 may it be NaN',
      ],
      [
        '/logits/1/1',
        'expected a number finite as float32 (at most ±3.4028235e+38), got -Infinity: send -10000 instead, whose probability is 0 as well',
      ],
    ],
  );
  const wide = await rejects(
    small({ logits: { dtype: 'F64', shape: [2, 3], values: [1, 2, 3, 4, 5, 1e39] } }),
    'invalid_request',
  );
  assert.match(wide.detail, /^\/logits\/1\/2: expected a number finite as float32 .*, got 1e\+39$/);
  const half = await rejects(
    small({ logits: { dtype: 'F16', shape: [2, 3], values: [0, 0, 0x7c00, 0, 0, 0] } }),
    'invalid_request',
  );
  assert.match(half.detail, /^\/logits\/0\/2: .*, got Infinity: send 10000 instead, whose probability is 1 as well$/);
  const many = await rejects(
    tensorFile({
      logits: { dtype: 'F32', shape: [1000], values: new Array(1000).fill(Number.NaN) },
      labels: { dtype: 'U8', shape: [1000], values: new Array(1000).fill(1) },
    }),
    'invalid_request',
  );
  assert.deepEqual([many.errors.length, many.more], [20, 980]);
});

test('errors in a tensor or an option are reported with its name', async () => {
  const messages: [FileTensors, Record<string, string>, RegExp][] = [
    [
      { logits: { dtype: 'BOOL', shape: [2, 3], values: [0, 1, 0, 1, 0, 1] } },
      {},
      /^\/logits: expected floats or integers, got BOOL$/,
    ],
    [{ logits: { dtype: 'F32', shape: [], values: [1] } }, {}, /^\/logits: expected 1 to 5 axes, got shape \[\]$/],
    [
      { logits: { dtype: 'F32', shape: [2, 0], values: [] } },
      {},
      /^\/logits: expected at least one class .*, got shape \[2, 0\]$/,
    ],
    [{ logits: { dtype: 'F32', shape: [1, 1, 1, 1, 1, 1], values: [1] } }, {}, /^\/logits: expected 1 to 5 axes/],
    [
      { labels: { dtype: 'I64', shape: [2], values: [0, 2n ** 53n] } },
      {},
      /^\/labels\/1: expected an integer below 2\^53 in size, got 9007199254740992$/,
    ],
    [
      { labels: { dtype: 'I64', shape: [2], values: [-(2n ** 63n), 0] } },
      {},
      /^\/labels\/0: .*, got -9223372036854775808$/,
    ],
    [
      { labels: { dtype: 'I8', shape: [2], values: [0, 3] } },
      {},
      /^\/labels\/1: expected a class index from 0 to 2 or the ignore_index -100, got 3; labels count from 0/,
    ],
    [
      { labels: { dtype: 'F32', shape: [2, 3], values: [0, 1, Number.NaN, 0, 0, 0] } },
      {},
      /^\/labels\/0\/2: expected a number in \[0, 1\] .*, got NaN$/,
    ],
    [
      { labels: { dtype: 'I64', shape: [3], values: [0, 1, 2] } },
      {},
      /^\/labels: expected shape \[2, 3\] .* or \[2\] .*, got \[3\]; or are the classes/,
    ],
    [
      { sample_weights: { dtype: 'F32', shape: [2], values: [1, Number.POSITIVE_INFINITY] } },
      {},
      /^\/sample_weights\/1: expected a number ≥ 0, finite as float32, got Infinity$/,
    ],
    [{ gamma: { dtype: 'F32', shape: [3], values: [1, -1, 1] } }, {}, /^\/gamma\/1: /],
    [{ gamma: { dtype: 'F32', shape: [3], values: [1, 1, 1] } }, { gamma: '2' }, /^\/gamma: expected "gamma" once/],
    [{ weights: { dtype: 'F32', shape: [2], values: [1, 1] } }, {}, /^\/weights: unknown field "weights"/],
    [{}, { gama: '2' }, /^\/gama: unknown field "gama"; did you mean "gamma"\?$/],
    [
      {},
      { activation: 'sofmax' },
      /^\/activation: expected one of "sigmoid", "softmax", got "sofmax"; did you mean "softmax"\?$/,
    ],
    [{}, { gradients_dtype: 'F64' }, /^\/gradients_dtype: expected one of "F32", "F16", "BF16"/],
    [
      { probabilities: { dtype: 'F32', shape: [2, 3], values: [0, 0, 0, 0, 0, 0] } },
      {},
      /exactly one of "logits" and "probabilities", got both/,
    ],
  ];
  for (const [tensors, metadata, expected] of messages) {
    const { detail } = await rejects(small(tensors, metadata), 'invalid_request');
    assert.match(detail, expected);
  }
  const { detail } = await rejects(
    small({}, { gradients_dtype: 'F16', reduction: 'sum', class_weights: '[1, 1e9, 1]' }),
    'invalid_request',
  );
  assert.match(detail, /^\/logits\/0\/1: expected input whose gradients fit a float16, got an overflow here/);
});

test('an invalid safetensors file is rejected with the reason', async () => {
  const { detail } = await rejects(Buffer.from('{"logits": [1], "labels": [1]}'), 'malformed_body');
  assert.match(detail, /^The safetensors file: its first 8 bytes announce a header of \d+ bytes/);
  assert.match(detail, /it looks like JSON: send the header "Content-Type: application\/json"$/);
  assert.match((await rejects(Buffer.from(''), 'malformed_body')).detail, /got 0 bytes in all/);
  assert.match((await rejects(small().subarray(0, -1), 'malformed_body')).detail, /got/);
});
