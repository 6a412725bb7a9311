import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';

const service = await startTestService('--max-json-bytes', '33554432');
const GOOD = { logits: [[1, -2]], labels: [[1, 0]] };

/** The service goes on: after each problem the next request is served. */
async function rejected(request: unknown, code: string) {
  const problem = await service.problem(request, code);
  assert.equal((await service.focalLoss(GOOD)).counts.elements, 2);
  return problem;
}

async function invalid(request: object, pointer: string, message: RegExp | string, index?: number[]) {
  const { status, errors } = await rejected(request, 'invalid_request');
  assert.equal(status, 422);
  const error = errors.find((e) => e.pointer === pointer);
  assert.ok(error, `no issue about ${pointer} in ${JSON.stringify(errors)}`);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  if (index) assert.deepEqual(error.index, index);
}

const MALFORMED: Record<string, string> = {
  'no JSON at all': 'hello',
  'an empty body': '',
  'half a body': '{"logits": [[1, 2',
  'NaN, as Python prints it': '{"logits": [NaN], "labels": [1]}',
  'minus infinity, as Python prints it': '{"logits": [-Infinity], "labels": [1]}',
  '10 000 brackets that never close': '['.repeat(10_000),
  'a trailing comma': '{"logits": [1,], "labels": [1]}',
};
for (const [name, body] of Object.entries(MALFORMED)) {
  test(`400 for ${name}`, async () => {
    assert.equal((await rejected(body, 'malformed_body')).status, 400);
  });
}

test('NaN and infinities in JSON are rejected with what to send instead', async () => {
  for (const token of ['NaN', 'Infinity', '-Infinity', '-inf']) {
    const { detail } = await rejected(`{"logits": [${token}], "labels": [1]}`, 'malformed_body');
    assert.match(
      detail,
      /NaN and Infinity, .* for an infinite logit send 10000 or -10000, and any number where/,
      token,
    );
  }
  assert.doesNotMatch((await rejected('{"logits": [-], "labels": [1]}', 'malformed_body')).detail, /NaN/);
});

test("Python's text of an object is rejected with what writes JSON", async () => {
  for (const body of ["{'logits': [1], 'labels': [1]}", `{"logits": [1], 'labels': [1]}`]) {
    assert.match((await rejected(body, 'malformed_body')).detail, /write it with json\.dumps/);
  }
});

test('a safetensors file that is sent as JSON is rejected with the header to send', async () => {
  const header = '{"logits":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
  for (const data of [
    [0, 0, 0, 0],
    [0, 0, 0x80, 0xbf],
  ]) {
    const { body } = await service.http
      .post('/v1/focal-loss')
      .set('content-type', 'application/json')
      .serialize((bytes: unknown) => bytes as string)
      .send(Buffer.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(header), ...data]));
    assert.equal(body.code, 'malformed_body');
    assert.match(body.detail, /send the header "Content-Type: application\/vnd\.safetensors"/);
  }
});

test('400 for a body that is not UTF-8', async () => {
  const { status, body } = await service.http
    .post('/v1/focal-loss')
    .set('content-type', 'application/json')
    .serialize((bytes: unknown) => bytes as string)
    .send(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
  assert.deepEqual([status, body.code], [400, 'malformed_body']);
});

for (const body of ['null', '3', '"text"', '[]', '[{"logits": [1]}]']) {
  test(`422 for the JSON value ${body} in place of an object`, async () => {
    const { errors } = await rejected(body, 'invalid_request');
    assert.match(errors[0]?.message ?? '', /^expected an object, got /);
  });
}

test('unknown fields are reported with the nearest known field', async () => {
  await invalid({ ...GOOD, gama: 2 }, '/gama', 'unknown field "gama"; did you mean "gamma"?');
  await invalid({ ...GOOD, sampleWeights: [1] }, '/sampleWeights', /did you mean "sample_weights"\?/);
  await invalid({ ...GOOD, 'a/b~c': 1 }, '/a~1b~0c', 'unknown field "a/b~c"');
});

test('prototype keys are unknown fields like any other', async () => {
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    const body = `{"logits":[[1]],"labels":[[1]],"${key}":{"polluted":true}}`;
    const { errors } = await rejected(body, 'invalid_request');
    assert.equal(errors[0]?.pointer, `/${key}`);
  }
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('missing and contradictory fields are reported', async () => {
  await invalid({ labels: [1] }, '', 'expected exactly one of "logits" and "probabilities", got neither');
  await invalid({ ...GOOD, probabilities: [[0.5, 0.5]] }, '', /got both$/);
  await invalid({ logits: [1] }, '/labels', 'expected this field, which is required, got nothing');
  const { errors } = await rejected({}, 'invalid_request');
  assert.deepEqual(
    errors.map(({ pointer, message }) => [pointer, message]),
    [
      ['/labels', 'expected this field, which is required, got nothing'],
      ['', 'expected exactly one of "logits" and "probabilities", got neither'],
    ],
  );
  assert.equal((await rejected([], 'invalid_request')).errors.length, 1);
});

test('each invalid option is reported with the expected value', async () => {
  await invalid({ ...GOOD, activation: 'relu' }, '/activation', 'expected one of "sigmoid", "softmax", got "relu"');
  await invalid({ ...GOOD, gamma: -1 }, '/gamma', /^expected a number ≥ 0.*, got -1$/);
  await invalid(
    { ...GOOD, gamma: '2' },
    '/gamma',
    'expected a number or one number per class, got "2"; send a number: 2 without quotes',
  );
  await invalid(
    { ...GOOD, alpha: 1.5 },
    '/alpha',
    'expected a number in [0, 1], got 1.5; for larger weights take class_weights',
  );
  await invalid({ ...GOOD, alpha: -1 }, '/alpha', 'expected a number in [0, 1], got -1; null or "off" turns alpha off');
  await invalid({ ...GOOD, alpha: [0.5, -1] }, '/alpha/1', /got -1; null or "off" turns alpha off$/);
  await invalid({ ...GOOD, alpha: -0.5 }, '/alpha', 'expected a number in [0, 1], got -0.5');
  await invalid({ ...GOOD, alpha: 'balanced' }, '/alpha', /, got "balanced"; write {"balanced": true}$/);
  await invalid({ ...GOOD, alpha: 'effective_number' }, '/alpha', /; write {"effective_number": {"beta": 0.999}}$/);
  await invalid({ ...GOOD, alpha: 'None' }, '/alpha', /^expected "off" or null, .*, got "None"; write "off"$/);
  await invalid({ ...GOOD, alpha: false }, '/alpha', /, got false; write "off"$/);
  await invalid({ ...GOOD, alpha: 'OFF' }, '/alpha', /, got "OFF"; write "off"$/);
  await invalid({ ...GOOD, alpha: 'x' }, '/alpha', /^expected .*, got "x"$/);
  await invalid({ ...GOOD, gamma: [1, -2] }, '/gamma/1', /got -2$/, [1]);
  await invalid({ ...GOOD, alpha: [0.1, 0.2, 0.3] }, '/alpha', /shape \[2\], got shape \[3\]/);
  await invalid({ ...GOOD, class_weights: [1, -1] }, '/class_weights/1', /≥ 0/);
  await invalid({ ...GOOD, class_weights: 3 }, '/class_weights', 'expected an array of numbers, got 3');
  await invalid({ ...GOOD, class_names: ['a'] }, '/class_names', 'expected one name per class, 2, got 1');
  await invalid(
    { ...GOOD, class_names: ['a', 7] },
    '/class_names/1',
    'expected a string of at most 256 characters, got 7',
  );
  await invalid({ ...GOOD, outputs: ['los'] }, '/outputs/0', /expected one of "loss".*got "los"$/);
  await invalid({ ...GOOD, label_smoothing: 1 }, '/label_smoothing', 'expected a number < 1, got 1');
  await invalid({ ...GOOD, epsilon: 0 }, '/epsilon', /^expected a number > 0 that is normal as float32/);
  await invalid(
    { ...GOOD, normalizer: 0 },
    '/normalizer',
    /^expected a number > 0 that is normal as float32 .*, got 0$/,
  );
  await invalid({ ...GOOD, normalizer: 'batch' }, '/normalizer', /"elements".*got "batch"$/);
  await invalid({ ...GOOD, ignore_index: 1.5 }, '/ignore_index', 'expected an integer, got 1.5');
  await invalid({ ...GOOD, reduction: 3 }, '/reduction', /got 3$/);
});

test('options that exclude each other are rejected', async () => {
  const indices = { logits: [[1, 2]], labels: [0] };
  await invalid({ ...indices, activation: 'softmax', background_index: 2 }, '/background_index', /this is softmax$/);
  await invalid({ ...GOOD, background_index: 2 }, '/background_index', /dense labels$/);
  await invalid({ ...indices, background_index: -100 }, '/background_index', /other than the ignore_index/);
  await invalid({ ...GOOD, soft_labels: 'quality', gamma: 0.5 }, '/gamma', /0 or a number ≥ 1/);
  await invalid({ ...GOOD, soft_labels: 'quality', gamma: [2, 0.5] }, '/gamma/1', /got 0.5$/, [1]);
});

test('invalid tensor shapes are rejected', async () => {
  const empty =
    /^expected at least one element, got an empty array \(an empty batch has to say its classes: as a tensor/;
  await invalid({ ...GOOD, logits: [] }, '/logits', empty);
  await invalid({ ...GOOD, logits: [[], []] }, '/logits/0', empty);
  await invalid({ ...GOOD, labels: [] }, '/labels', 'expected at least one element, got an empty array');
  await invalid({ ...GOOD, logits: 5 }, '/logits', 'expected an array of numbers, got 5');
  await invalid({ ...GOOD, logits: {} }, '/logits', 'expected an array of numbers, got an object');
  await invalid(
    { ...GOOD, logits: [[[[[[1]]]]]] },
    '/logits/0/0/0/0/0',
    'expected at most 5 axes, got arrays nested deeper',
  );
  await invalid({ ...GOOD, gamma: [[1]] }, '/gamma/0', 'expected one number per class, got arrays nested deeper');
  const deep = (depth: number) => `{"logits":${'['.repeat(depth)}1${']'.repeat(depth)},"labels":[1]}`;
  const { errors } = await rejected(deep(60), 'invalid_request');
  assert.equal(errors[0]?.pointer, '/logits/0/0/0/0/0');
  await rejected(deep(10_000), 'malformed_body');
});

test('ragged rows are reported with the row and its expected length', async () => {
  const labels = [[1, 0]];
  await invalid(
    { logits: [[1, 2], [3]], labels },
    '/logits/1',
    'expected an array of 2 as in /logits/0, got an array of 1',
    [1],
  );
  await invalid({ logits: [[1, 2], 3], labels }, '/logits/1', 'expected an array of 2 as in /logits/0, got 3');
  await invalid(
    { logits: [[[1], [2]], [[1]]], labels },
    '/logits/1',
    /^expected an array of 2 arrays as in \/logits\/0/,
  );
  await invalid({ logits: [[1, [2]]], labels }, '/logits/0/1', 'expected a number, got an array of 1', [0, 1]);
});

test('values that are not numbers, or not finite as float32, are rejected', async () => {
  const labels = [[1, 0]];
  await invalid(
    { logits: [[1, '2']], labels },
    '/logits/0/1',
    'expected a number, got "2"; send a number: 2 without quotes',
    [0, 1],
  );
  await invalid({ logits: [[1, true]], labels }, '/logits/0/1', 'expected a number, got true');
  await invalid({ logits: [[1, null]], labels }, '/logits/0/1', /JSON has no NaN.*, got null$/);
  await invalid({ logits: [[1, 1e39]], labels }, '/logits/0/1', /finite as float32.*, got 1e\+39$/);
  const { errors } = await rejected('{"logits":[[1,1e999]],"labels":[[1,0]]}', 'invalid_request');
  assert.match(errors[0]?.message ?? '', /finite as float32.*, got Infinity$/);
});

test('shapes that do not match each other are rejected', async () => {
  const logits = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  await invalid(
    { logits, labels: [1, 0] },
    '/labels',
    'expected shape [3, 2] (dense, as logits) or [3] (class indices), got [2]; or are the classes on another axis, "class_axis": 0?',
  );
  await invalid({ logits: [1, 2], labels: [1] }, '/labels', 'expected shape [2] (dense, as logits), got [1]');
  await invalid({ logits, labels: [1, 0, 1], sample_weights: [1, 2] }, '/sample_weights', /shape \[3\].*, got \[2\]$/);
  await invalid({ logits, labels: [1, 0, 1], class_axis: 2 }, '/class_axis', /from -2 to 1.*; got 2$/);
  await invalid({ logits, labels: [1, 0, 1], class_axis: -3 }, '/class_axis', /from -2 to 1/);
  await invalid({ logits: [1, 2], labels: [1, 0], class_axis: 0 }, '/class_axis', /rank 1 are one binary class/);
  await invalid({ logits: [1, 2], labels: [1, 0], activation: 'softmax' }, '/logits', /at least 2 axes for softmax/);
});

test('labels out of range are reported with the first examples', async () => {
  const logits = [
    [1, 2],
    [3, 4],
  ];
  await invalid(
    { logits, labels: [0, 2] },
    '/labels/1',
    /^expected a class index from 0 to 1 or the ignore_index -100, got 2; labels count from 0/,
    [1],
  );
  await invalid({ logits, labels: [0, 0.5] }, '/labels/1', /class index.*got 0.5; soft labels/);
  await invalid(
    { logits, labels: [0, -1], background_index: 7 },
    '/labels/1',
    /background_index 7.*got -1; "ignore_index": -1\?$/,
  );
  await invalid(
    {
      logits,
      labels: [
        [0, 1],
        [0, 1.5],
      ],
    },
    '/labels/1/1',
    /\[0, 1\].*got 1.5$/,
    [1, 1],
  );
  await invalid(
    { logits, labels: [0, 1], sample_weights: [1, -1] },
    '/sample_weights/1',
    'expected a number ≥ 0, finite as float32, got -1',
  );
});

test('probabilities outside [0, 1], or that do not sum to 1 under softmax, are rejected', async () => {
  await invalid(
    { probabilities: [[0.5, 1.5]], labels: [[1, 0]] },
    '/probabilities/0/1',
    'expected a number in [0, 1], got 1.5; values before the sigmoid or softmax are "logits"',
  );
  const softmax = { activation: 'softmax', labels: [0, 1] };
  await invalid(
    {
      ...softmax,
      probabilities: [
        [0.5, 0.5],
        [0.5, 0.4],
      ],
    },
    '/probabilities/1/0',
    /add up to 1 within 0.001; got 0.9.*: use sigmoid if several classes can be true at once$/,
  );
  await service.focalLoss({
    ...softmax,
    probabilities: [
      [0.5, 0.5],
      [0.5, 0.4995],
    ],
  });
});

test('results beyond float32 are rejected, not changed', async () => {
  const { errors } = await rejected(
    { logits: [[3e38, -3e38]], labels: [1], activation: 'softmax', outputs: ['elementwise'] },
    'invalid_request',
  );
  assert.match(errors[0]?.message ?? '', /overflow here/);
  const { loss } = await service.focalLoss({
    logits: [[3e38, -3e38]],
    labels: [1],
    activation: 'softmax',
    outputs: ['loss'],
  });
  assert.equal(loss, 2 * Math.fround(3e38));
});

test('of a million wrong numbers, 20 are listed and the rest counted, within a second', async () => {
  const numbers = new Array(1_000_000).fill('x');
  const body = JSON.stringify({ logits: numbers, labels: numbers });
  const start = performance.now();
  const { errors, more } = await service.problem(body, 'invalid_request');
  const elapsed = performance.now() - start;
  assert.deepEqual([errors.length, more], [20, 2_000_000 - 20]);
  assert.ok(elapsed < 1000, `${elapsed} ms`);
});

test('a million wrong items in any other field are reported as fast', async () => {
  const million = new Array(1_000_000).fill({});
  for (const field of ['class_names', 'outputs', 'gamma', 'alpha', 'class_weights', 'sample_weights', 'labels']) {
    const start = performance.now();
    const { errors } = await service.problem({ ...GOOD, [field]: million }, 'invalid_request');
    assert.ok(errors.length >= 1 && errors.length <= 20);
    assert.ok(performance.now() - start < 2000, `${field} took ${performance.now() - start} ms`);
  }
  const keys = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key${i}`, 1]));
  const { errors, more } = await service.problem({ ...GOOD, ...keys }, 'invalid_request');
  assert.deepEqual([errors.length, more], [20, 2000 - 20]);
});

test('a name that is there twice is rejected and named, in the body and in any object of it', async () => {
  for (const [body, name] of [
    ['{"logits":[1],"labels":[1],"gamma":2,"gamma":3}', 'gamma'],
    ['{"logits":[1],"labels":[1],"logits":[2]}', 'logits'],
    ['{"logits":[1],"labels":[1],"l\\u006fgits":[2]}', 'logits'],
    ['{"logits":[1],"labels":[1],"alpha":{"balanced":true,"balanced":true}}', 'balanced'],
    ['{"logits":[1],"labels":[1],"alpha":{"effective_number":{"beta":0.5,"beta":0.9}}}', 'beta'],
    [`{"logits":[${Array(50_000).fill(1).join()}],"labels":[1],"x":1,"x":2}`, 'x'],
  ] as const) {
    const { detail } = await rejected(body, 'malformed_body');
    assert.equal(detail, `The body is not read: expected each name once in an object, got "${name}" twice`);
  }
});

test('lists of a sweep in a request for one loss are answered with where they belong', async () => {
  await invalid(
    { ...GOOD, gammas: [0, 2] },
    '/gammas',
    'unknown field "gammas"; POST /v1/focal-loss/sweep takes lists',
  );
});

test('labels that are names are answered with where those belong', async () => {
  const message = 'expected a number (names belong in class_names), got "cat"';
  await invalid({ logits: [[1, 2]], labels: ['cat'] }, '/labels/0', message);
});

test('no unknown field is said to mean itself', async () => {
  await invalid(
    { ...GOOD, alpha: { balanced: true, beta: 0.9 } },
    '/alpha/beta',
    /^unknown field "beta"; another object/,
  );
});

test('class indices and sample weights may have a trailing axis of 1', async () => {
  const logits = [[1, -2, 0.5], [0, 3, -1], [2, 2, 1]]; // biome-ignore format: a matrix
  const one = { logits, labels: [2, 0, 1], sample_weights: [1, 0.5, 2] };
  const other = { logits, labels: [[2], [0], [1]], sample_weights: [[1], [0.5], [2]] };
  for (const activation of ['sigmoid', 'softmax']) {
    const [expected, actual] = await Promise.all(
      [one, other].map((given) => service.focalLoss({ ...given, activation })),
    );
    assert.deepEqual([actual.loss, actual.gradients], [expected.loss, expected.gradients]);
  }
  await invalid(
    { ...other, labels: [[2], [0], [3]] },
    '/labels/2/0',
    /class index from 0 to 2.*, got 3; labels count from 0/,
    [2, 0],
  );
  await invalid({ ...other, labels: [[[2]], [[0]], [[1]]] }, '/labels', /got \[3, 1, 1\]; reshape them to \[3\]\?$/);
  await invalid({ logits: [1, 2], labels: [[1], [0]] }, '/labels', /got \[2, 1\]; reshape them to \[2\]\?$/);
  // What has one class is dense.
  const dense = await service.focalLoss({ logits: [[1], [2]], labels: [[1], [0.25]] });
  assert.equal(dense.counts.positives, 1);
});

test('ragged rows do not make the service allocate a full tensor', async () => {
  const row = new Array(300_000).fill(0);
  const logits: unknown[] = new Array(300_000).fill(0);
  logits[0] = row;
  const { errors, more } = await rejected({ logits, labels: [1] }, 'invalid_request');
  assert.equal(errors.length + more, 299_999);
});

test('413 from Content-Length, before the body is read', async () => {
  const { status, body } = await service.http
    .post('/v1/focal-loss')
    .set('content-type', 'application/json')
    .send(`{"logits": [${'1,'.repeat(17_000_000)}1]}`);
  assert.deepEqual([status, body.code], [413, 'body_too_large']);
  assert.match(body.detail, /33554432/);
});

test('404, 405, 406 and 415 report what the service supports', async () => {
  const notFound = await service.http.get('/v1/focal-los');
  assert.deepEqual([notFound.status, notFound.body.code], [404, 'not_found']);
  const wrongMethod = await service.http.get('/v1/focal-loss');
  assert.deepEqual(
    [wrongMethod.status, wrongMethod.body.code, wrongMethod.headers.allow],
    [405, 'method_not_allowed', 'POST'],
  );
  const wrongAccept = await service.http.post('/v1/focal-loss').set('accept', 'text/csv').send(GOOD);
  assert.deepEqual([wrongAccept.status, wrongAccept.body.code], [406, 'not_acceptable']);
  const wrongType = await service.http.post('/v1/focal-loss').set('content-type', 'text/csv').send('1,2');
  assert.deepEqual([wrongType.status, wrongType.body.code], [415, 'unsupported_media_type']);
  assert.match(wrongType.body.detail, /application\/json.*text\/csv/);
  const postNowhere = await service.http.post('/nowhere').set('content-type', 'text/csv').send('1,2');
  assert.deepEqual([postNowhere.status, postNowhere.body.code], [404, 'not_found']);
  const badUrl = await service.http.get('/v1/%E0%A4%A');
  assert.deepEqual([badUrl.status, badUrl.body.code], [404, 'not_found']);
});

test('a valid request id of the client is returned, and an invalid one is replaced', async () => {
  const sensible = await service.http.get('/v1/nothing').set('x-request-id', 'step-17.rank:3');
  assert.deepEqual([sensible.headers['x-request-id'], sensible.body.request_id], ['step-17.rank:3', 'step-17.rank:3']);
  const forged = await service.http.get('/v1/nothing').set('x-request-id', '{"level":60}');
  assert.match(forged.body.request_id, /^[0-9a-f-]{36}$/);
});
