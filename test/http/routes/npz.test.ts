import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkGolden, goldenCases } from '../../helpers/golden.ts';
import { split } from '../../helpers/http/request-formats.ts';
import {
  type Layout,
  npyBytes,
  npyOfText,
  npzFile,
  readNpzFile,
  type ZipOptions,
  zipOf,
} from '../../helpers/npz-file.ts';
import { type Json, startTestService } from '../../helpers/service.ts';
import { type FileTensors, readTensorFile, tensorFile } from '../../helpers/tensor-file.ts';

const service = await startTestService('--max-body-bytes', `${2 ** 24}`);
const NPZ = 'application/x-npz';
const SAFETENSORS = 'application/vnd.safetensors';

async function post(type: string, body: Uint8Array, { accept = '*/*', route = '', headers = {} } = {}) {
  const response = await fetch(`${service.url}/v1/focal-loss${route}`, {
    method: 'POST',
    headers: { 'content-type': type, accept, ...headers },
    body: new Uint8Array(body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const responseType = response.headers.get('content-type') ?? '';
  const json: Json = /json/.test(responseType) ? JSON.parse(bytes.toString()) : undefined;
  return { status: response.status, type: responseType, bytes, json };
}

const LOGITS = { dtype: 'F32', shape: [2, 3], values: [2.25, -1.5, -4, -3, 0.5, 0.75] } as const;
const LABELS = { dtype: 'I64', shape: [2], values: [0, 1] } as const;
const OUTPUTS = ['loss', 'gradients', 'elementwise', 'hessian', 'per_class', 'difficulty', 'posterior', 'calibration'];

/** What a response says apart from the time that it took. */
function said(response: string): Json {
  const { duration_ms: _, ...rest } = JSON.parse(response);
  return rest;
}

test('a response has its arrays aligned and stored, and all the rest as a string', async () => {
  const texts = {
    activation: 'softmax',
    outputs: OUTPUTS,
    class_names: ['a', 'é', '\u{1f600}'],
    alpha: '{"balanced": true}',
  };
  const { status, type, bytes } = await post(NPZ, npzFile({ logits: LOGITS, labels: LABELS }, texts));
  assert.deepEqual([status, type], [200, NPZ]);
  const { tensors, response, offsets } = readNpzFile(bytes);
  assert.deepEqual(Object.keys(tensors).slice(0, 4), ['gradients', 'elementwise', 'hessian_diagonal', 'posterior']);
  assert.deepEqual(tensors.alpha?.shape, [3]);
  assert.deepEqual(tensors['per_class.positives'], { dtype: 'I64', shape: [3], values: [1n, 1n, 0n] });
  assert.ok(offsets.every((offset) => offset % 64 === 0));
  const rest = JSON.parse(response);
  assert.deepEqual(rest.class_names, texts.class_names);
  assert.equal(rest.options.activation, 'softmax');
  assert.equal(rest.per_class, undefined);
});

const shapes = fc.constantFrom([5], [4, 3], [0, 3], [2, 3, 4], [1, 2, 3, 2, 2]);
const layouts = fc.record({
  deflate: fc.boolean(),
  zip64: fc.boolean(),
  descriptors: fc.boolean(),
  isFortran: fc.boolean(),
  isBigEndian: fc.boolean(),
  version: fc.constantFrom(1, 2, 3),
});
const OPTIONS = [
  {},
  { gamma: '1.5', reduction: 'sum', outputs: JSON.stringify(OUTPUTS.filter((output) => output !== 'posterior')) },
  { label_smoothing: '0.1', gradients_dtype: 'F16', normalizer: '7', focusing: 'detached' },
  { alpha: '{"effective_number": {"beta": 0.99}}', gradients_dtype: 'BF16', warnings: 'false' },
];

/** A batch of any dtypes, whose numbers all of them hold. */
const batches = fc
  .record({
    shape: shapes,
    predictions: fc.constantFrom('F64', 'F32', 'F16', 'BF16'),
    labels: fc.constantFrom('I64', 'I32', 'I16', 'I8', 'U64', 'U32', 'U16', 'U8', 'BOOL', 'F64', 'F32'),
    options: fc.constantFrom(...OPTIONS),
    weighted: fc.boolean(),
    seed: fc.nat(1000),
  })
  .map(({ shape, predictions, labels, options, weighted, seed }) => {
    const count = shape.reduce<number>((total, size) => total * size, 1);
    // Bits of small numbers in 16-bit formats, and small numbers in the others.
    const number = (i: number) =>
      predictions.endsWith('16') ? 0x3c00 + ((i * 37 + seed) % 64) : ((i * 37 + seed) % 17) / 4 - 2;
    const list = (of: (i: number) => number) => Array.from({ length: count }, (_, i) => of(i));
    const tensors: FileTensors = {
      labels: { dtype: labels as 'I64', shape, values: list((i) => Number((i * 7 + seed) % 3 === 0)) },
      ...(weighted && { element_weights: { dtype: 'F64', shape, values: list((i) => (i % 4) / 2) } }),
      logits: { dtype: predictions as 'F32', shape, values: list(number) },
    };
    return { tensors, options: options as Record<string, string> };
  });

test('the numbers are those of safetensors, bit for bit, whatever the dtypes, the layout and the options', async () => {
  await fc.assert(
    fc.asyncProperty(batches, layouts, async ({ tensors, options }, layout) => {
      const expected = await post(SAFETENSORS, tensorFile(tensors, options));
      const { status, bytes, json } = await post(NPZ, npzFile(tensors, options, layout as ZipOptions & Layout));
      assert.equal(status, expected.status, JSON.stringify(json));
      if (status !== 200) {
        assert.deepEqual([json.detail, json.errors], [expected.json.detail, expected.json.errors]);
        return;
      }
      const file = readTensorFile(expected.bytes);
      const npz = readNpzFile(bytes);
      assert.deepEqual(npz.tensors, file.tensors);
      assert.deepEqual(said(npz.response), said(file.metadata.response!));
    }),
    { numRuns: 150, seed: 20261130 },
  );
});

for (const golden of goldenCases) {
  test(`60-digit arithmetic by npz: ${golden.name}`, async () => {
    await checkGolden(golden, async (request) => {
      const { tensors, options } = split(request as Json);
      const { status, json } = await post(NPZ, npzFile(tensors, { options: JSON.stringify(options) }), {
        accept: 'application/json',
      });
      assert.equal(status, 200, JSON.stringify(json));
      return json;
    });
  });
}

test('large files are read in threads, stored and deflated', async () => {
  const samples = 40_000;
  const logits = {
    dtype: 'F32',
    shape: [samples, 10],
    values: Array.from({ length: 10 * samples }, (_, i) => (i % 13) - 6),
  } as const;
  const labels = { dtype: 'I64', shape: [samples], values: Array.from({ length: samples }, (_, i) => i % 10) } as const;
  const options = { activation: 'softmax' };
  const { bytes } = await post(SAFETENSORS, tensorFile({ labels, logits }, options));
  const expected = readTensorFile(bytes);
  for (const layout of [{}, { deflate: true }, { isFortran: true }, { isBigEndian: true }]) {
    const read = readNpzFile((await post(NPZ, npzFile({ labels, logits }, options, layout))).bytes);
    assert.deepEqual(read.tensors.gradients, expected.tensors.gradients);
  }
});

test('a sweep takes npz, with its grid as arrays or as text', async () => {
  const tensors = { logits: LOGITS, labels: LABELS };
  const gammas = { dtype: 'I64', shape: [3], values: [0, 1, 2] } as const;
  const alphas = { dtype: 'F64', shape: [1], values: [0.5] } as const;
  const metadata = { activation: 'softmax', gammas: '[0, 1, 2]', alphas: '[0.5]' };
  const expected = await post(SAFETENSORS, tensorFile(tensors, metadata), { route: '/sweep' });
  for (const [type, file] of [
    [NPZ, npzFile({ ...tensors, gammas, alphas }, { activation: 'softmax' })],
    [NPZ, npzFile(tensors, metadata, { deflate: true })],
    [
      'application/octet-stream',
      npzFile(tensors, { options: '{"activation":"softmax","gammas":[0,1,2],"alphas":[0.5]}' }),
    ],
  ] as const) {
    const { json, status } = await post(type, file, { route: '/sweep' });
    assert.equal(status, 200, JSON.stringify(json));
    assert.deepEqual(json.grid, expected.json.grid);
  }
});

test('the first bytes of an octet stream tell the format, which the response has, too', async () => {
  const tensors = { logits: LOGITS, labels: LABELS };
  const type = 'application/octet-stream';
  const npz = await post(type, npzFile(tensors));
  const file = await post(type, tensorFile(tensors));
  assert.deepEqual([npz.type, file.type], [type, type]);
  assert.deepEqual(readNpzFile(npz.bytes).tensors, readTensorFile(file.bytes).tensors);
  const asNpz = await post('application/json', Buffer.from('{"logits": [1], "labels": [1]}'), { accept: NPZ });
  assert.equal(readNpzFile(asNpz.bytes).tensors.gradients?.shape.length, 1);
  assert.equal((await post('application/zip', npzFile(tensors))).type, 'application/zip');
});

test('a zip archive that is sent as something else is told its header', async () => {
  const file = npzFile({ logits: LOGITS, labels: LABELS });
  for (const type of ['application/json', SAFETENSORS, 'application/x-www-form-urlencoded']) {
    const { status, json } = await post(type, file);
    assert.deepEqual([status, json.code], [415, 'unsupported_media_type']);
    assert.match(json.detail, /application\/x-npz/);
  }
  const { status, json } = await post(NPZ, tensorFile({ logits: LOGITS, labels: LABELS }));
  assert.equal(status, 400);
  assert.match(json.detail, /looks like a safetensors file.*application\/vnd\.safetensors/);
});

test('options are arrays without axes, lists of strings, or members of `options`, and each is there once', async () => {
  const tensors = { logits: LOGITS, labels: LABELS };
  const bool = { dtype: 'BOOL', shape: [], values: [0] } as const;
  const index = { dtype: 'I16', shape: [1], values: [-1] } as const;
  const gamma = { dtype: 'F64', shape: [], values: [3] } as const;
  const file = npzFile(
    { ...tensors, warnings: bool, ignore_index: index, gamma },
    { activation: 'softmax', alpha: 'off' },
  );
  const { json } = await post(NPZ, file, { accept: 'application/json' });
  const { warnings, ignore_index, activation, alpha } = json.options;
  assert.deepEqual([warnings, ignore_index, json.options.gamma, activation, alpha], [false, -1, 3, 'softmax', 'off']);
  const sides = npzFile({ ...tensors, 'gamma.positive': gamma, 'gamma.negative': { ...gamma, values: [1] } });
  assert.deepEqual((await post(NPZ, sides, { accept: 'application/json' })).json.options.gamma, {
    positive: 3,
    negative: 1,
  });
});

const whole = { logits: LOGITS, labels: LABELS };
const FAULTS: [name: string, file: () => Buffer, pointer: string | undefined, message: RegExp][] = [
  [
    'an option twice',
    () => npzFile(whole, { activation: 'softmax', options: '{"activation": "softmax"}' }),
    '/activation',
    /once, got an array and a member/,
  ],
  ['options that are no object', () => npzFile(whole, { options: '[]' }), '/options', /text of a JSON object/],
  ['options that are Python', () => npzFile(whole, { options: "{'alpha': 1}" }), undefined, /json\.dumps/],
  ['options that are numbers', () => npzFile({ ...whole, options: LABELS }), '/options', /json\.dumps.*I64/],
  [
    'options that name a field twice',
    () => npzFile(whole, { options: '{"gamma": 1, "gamma": 2}' }),
    undefined,
    /twice/,
  ],
  [
    'an option that is a matrix',
    () => npzFile({ ...whole, label_smoothing: LOGITS }),
    '/label_smoothing',
    /single value.*\[2, 3\]/,
  ],
  ['an unknown array', () => npzFile({ ...whole, target: LABELS }), '/target', /labels/],
  ['no names', () => npzFile({ arr_0: LOGITS, arr_1: LABELS }), '/arr_0', /name them/],
  ['a wrong word', () => npzFile(whole, { activation: 'softmx' }), '/activation', /did you mean "softmax"/],
  [
    'one side of gamma',
    () => npzFile({ ...whole, 'gamma.positive': { dtype: 'F64', shape: [], values: [1] } }),
    '/gamma.positive',
    /together/,
  ],
  ['text for logits', () => npzFile({ labels: LABELS }, { logits: ['a'] }), '/logits', /expected/],
  ['nothing', () => npzFile({}), '/labels', /required/],
  ['a pickled object', () => pickled(), '/alpha', /pickled.*None.*json\.dumps/],
  ['no .npy file', () => zipOf({ 'logits.npy': Buffer.from('hello, world') }), undefined, /"logits\.npy".*numpy\.save/],
  ['strings of no characters', () => noStrings(), '/class_names', /expected an array of/],
  ['too many strings', () => manyStrings(), undefined, /at most 262144 strings/],
];

function replaced(file: Buffer, from: string, to: string): Buffer {
  const text = file.toString('latin1').replace(from, to);
  return Buffer.from(text, 'latin1');
}

function pickled(): Buffer {
  const npy = replaced(npyOfText('x'), "'<U1'", "'|O' ");
  return zipOf({ 'alpha.npy': npy });
}

function noStrings(): Buffer {
  const npy = replaced(
    npyOfText(['x']),
    "'<U1', 'fortran_order': False, 'shape': (1,)",
    "'<U0', 'fortran_order': False, 'shape': (999999999,)",
  );
  return zipOf({ 'class_names.npy': npy.subarray(0, 128) });
}

function manyStrings(): Buffer {
  const header = "{'descr': '|S1', 'fortran_order': False, 'shape': (300000,), }";
  return zipOf({ 'class_names.npy': npyBytes(header, Buffer.alloc(300_000)) });
}

for (const [name, file, pointer, message] of FAULTS) {
  test(`a file with ${name} is rejected with its place and a cure`, async () => {
    const { status, json } = await post(NPZ, file());
    assert.equal(status, pointer === undefined ? 400 : 422, JSON.stringify(json));
    if (pointer !== undefined) assert.equal(json.errors[0].pointer, pointer);
    assert.match(json.detail, message);
  });
}

test('what is inflated is limited before it is, also in a body that is compressed', async () => {
  const zeros = zipOf({ 'logits.npy': Buffer.alloc(2 ** 25) }, { deflate: true });
  const { status, json } = await post(NPZ, zeros);
  assert.equal(status, 413);
  assert.match(json.detail, /at most 16777216 bytes, got \d+, decompressed/);
  const { gzipSync } = await import('node:zlib');
  const again = await post(NPZ, gzipSync(zeros), { headers: { 'content-encoding': 'gzip' } });
  assert.equal(again.status, 413);
});

test('members that are damaged are named: checksums, deflated data, sizes', async () => {
  const stored = npzFile(whole);
  stored[stored.indexOf('logits.npy') + 10 + 20 + 130]! ^= 1;
  const { json, status } = await post(NPZ, stored);
  assert.equal(status, 400);
  assert.match(json.detail, /"logits\.npy".*checksum/);
  const deflated = npzFile(whole, {}, { deflate: true, zip64: false });
  deflated.fill(0xff, deflated.indexOf('logits.npy') + 10, deflated.indexOf('logits.npy') + 20);
  assert.match((await post(NPZ, deflated)).json.detail, /"logits\.npy".*cannot be inflated/);
  const short = npzFile(whole, {}, { deflate: true, zip64: false });
  for (const at of [
    short.indexOf('labels.npy') - 30 + 22,
    short.indexOf('PK\x01\x02', short.lastIndexOf('labels.npy') - 46, 'latin1') + 24,
  ]) {
    short.writeUInt32LE(short.readUInt32LE(at) - 1, at);
  }
  assert.match((await post(NPZ, short)).json.detail, /"(labels|logits)\.npy"/);
});
