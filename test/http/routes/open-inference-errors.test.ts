import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { inputs, OPTIONS, startInferenceService } from '../../helpers/http/inference-service.ts';
import { inferenceBody } from '../../helpers/inference-body.ts';

const service = await startInferenceService('--max-json-bytes', '20000', '--max-body-bytes', '50000');
const malformed = { code: 'malformed_body' };
const tooLarge = { status: 413, code: 'body_too_large' };

test('an invalid length of the JSON is rejected', async () => {
  const { body, jsonBytes } = inferenceBody(inputs(['logits']), { parameters: OPTIONS });
  const lengths: Record<string, RegExp> = {
    0: /> 0, got 0/,
    '-1': /in digits, got -1/,
    '1e2': /in digits, got 1e2/,
    9999: /at most \d+, the bytes of the body, got 9999/,
    [jsonBytes - 1]: /is not JSON/,
    [jsonBytes + 1]: /is not JSON/,
  };
  for (const [length, message] of Object.entries(lengths)) {
    await service.rejects({ body }, message, { ...malformed, headers: { 'inference-header-content-length': length } });
  }
  await service.rejects({ body }, /is not JSON/, malformed);
  const changed: [Buffer, RegExp][] = [
    [Buffer.concat([body, Buffer.alloc(1)]), /expected 48 bytes behind .* got 49/],
    [body.subarray(0, -1), /expected 48 bytes behind .* got 47/],
    [body.subarray(0, jsonBytes), /expected 48 bytes behind .* got 0 /],
  ];
  for (const [bytes, message] of changed) await service.rejects({ body: bytes, jsonBytes }, message, malformed);
  const json = { body: body.subarray(0, jsonBytes) };
  await service.rejects(json, /got 0 \(the header Inference-Header-Content-Length says/, malformed);
});

test('a body or a JSON part beyond its limit is rejected', async () => {
  const tensor = (length: number, binary: boolean) =>
    inferenceBody({ logits: { datatype: 'FP32', shape: [length], values: new Array(length).fill(0), binary } });
  await service.rejects(tensor(20_000, true), /at most 50000 bytes, got \d+/, tooLarge);
  await service.rejects({ body: tensor(12_000, false).body }, /at most 20000 bytes, got \d+/, tooLarge);
  await service.rejects(tensor(12_000, false), /at most 20000 bytes of JSON, got \d+/, tooLarge);
  const bomb = { body: gzipSync(Buffer.alloc(1_000_000, ' ')), jsonBytes: 100 };
  const headers = { 'content-encoding': 'gzip' };
  await service.rejects(bomb, /at most 50000 bytes, got more/, { ...tooLarge, headers });
});

/** The batch as JSON data, with something of one input changed. */
function changed(name: string, change: object) {
  const given = Object.entries(inputs()).map(([other, { binary: _, values, ...rest }]) => {
    const input = { name: other, ...rest, data: values };
    return other === name ? { ...input, ...change } : input;
  });
  return jsonBody(given);
}

function jsonBody(given: readonly object[]) {
  return { body: Buffer.from(JSON.stringify({ parameters: OPTIONS, inputs: given })) };
}

test('invalid inputs are reported with the expected value', async () => {
  const wrong: [string, object, RegExp][] = [
    ['logits', { datatype: 'BYTES' }, /^\/inputs\/1\/datatype: expected one of "BOOL", .*, got "BYTES"$/],
    ['logits', { shape: [3, -4] }, /^\/inputs\/1\/shape: expected an array of integers ≥ 0/],
    ['logits', { shape: [2 ** 52, 2 ** 52] }, /^\/logits: expected \S+ numbers as data, .* got 12$/],
    ['logits', { shape: [3, 5] }, /^\/logits: expected 15 numbers as data, as shape \[3, 5\] says, got 12$/],
    [
      'logits',
      { data: [[1, 2], [3]] },
      /^\/logits: expected an array of 3, as shape \[3, 4\] says, got an array of 2$/,
    ],
    ['logits', { data: [[1, 2], [3], [4]] }, /^\/logits\/0: expected an array of 4.*\/logits\/1: .*\/logits\/2: /],
    ['logits', { data: undefined }, /^\/logits: expected either data or the parameter binary_data_size, got neither$/],
    ['logits', { data: 7 }, /^\/logits: expected an array as data, flat or of shape \[3, 4\], got 7$/],
    ['logits', { datatype: 'INT64' }, /^\/logits\/0\/0: expected an integer from -\d+ to \d+, got 2.25/],
    ['logits', { datatype: 'BOOL', data: new Array(12).fill(1) }, /^\/logits: expected floats or integers, got BOOL$/],
    ['labels', { data: [0, 1, 256], datatype: 'UINT8' }, /^\/labels\/2: expected an integer from 0 to 255, got 256$/],
    ['labels', { data: [0, 1, true] }, /^\/labels\/2: expected an integer from .*, got true$/],
    ['labels', { data: [0, 1, 9] }, /^\/labels\/2: /],
    ['labels', { data: [0, 1, 0.5], datatype: 'BOOL' }, /^\/labels\/2: expected true or false, or 1 or 0, got 0.5$/],
    ['labels', { name: 'label' }, /^\/label: unknown input "label"; did you mean "labels"\?$/],
    ['labels', { name: 'logits' }, /^\/logits: expected one input of this name, got another$/],
    [
      'logits',
      { parameters: { shared_memory_region: 'x' }, data: undefined },
      /Start the service with SHARED_MEMORY=on/,
    ],
    ['logits', { sahpe: 1 }, /^\/inputs\/1\/sahpe: unknown field "sahpe"; did you mean "shape"\?$/],
  ];
  for (const [name, change, message] of wrong) await service.rejects(changed(name, change), message);
  const misplaced = { body: Buffer.from('{"inputs":[],"data":[1]}') };
  await service.rejects(misplaced, /^\/data: unknown field "data"; another object of the request has it$/);
  const both = { data: [1], parameters: { binary_data_size: 0 } };
  await service.rejects(changed('labels', both), /expected either data or the parameter binary_data_size, got both/);
  const { logits, ...others } = inputs(['logits']);
  const short = inferenceBody({ logits: { ...logits!, shape: [3, 3] }, ...others });
  await service.rejects(short, /^\/logits: expected a binary_data_size of 36 for shape \[3, 3\] of FP32, got 48$/);
  await service.rejects(jsonBody(new Array(3000).fill({})), /^\/inputs: expected at most \d+, got 3000$/);
});

test('binary values that are not finite are reported with their location', async () => {
  const { logits, ...others } = inputs(['logits']);
  for (const [wrong, cure] of [
    [Number.NaN, 'only where it is ignored or has weight 0 may it be NaN'],
    [Number.POSITIVE_INFINITY, 'send 10000 instead, whose probability is 1 as well'],
  ] as const) {
    const values = logits!.values.with(6, wrong);
    const message = new RegExp(`^/logits/1/2: expected a number finite as float32 .*, got ${wrong}: ${cure}$`);
    await service.rejects(
      inferenceBody({ logits: { ...logits!, values }, ...others }, { parameters: OPTIONS }),
      message,
    );
  }
});

test('a body that is not a request is rejected', async () => {
  for (const text of ['null', '[]', '3', '"text"']) {
    await service.rejects({ body: Buffer.from(text) }, /expected an object, got /);
  }
  await service.rejects({ body: Buffer.from('{}') }, /\/inputs: expected an array, got nothing/);
  await service.rejects(
    jsonBody([]),
    /^\/labels: expected this field, which is required, got nothing; expected exactly one of "logits" and "probabilities", got neither$/,
  );
  for (const text of ['', '{"inputs": [']) {
    await service.rejects({ body: Buffer.from(text) }, /^The body is (not JSON|empty)/, malformed);
  }
});

test('invalid outputs and parameters are reported with their location', async () => {
  const asking = (rest: object) => inferenceBody(inputs(), { parameters: OPTIONS, ...rest });
  await service.rejects(
    asking({ outputs: [{ name: 'los' }] }),
    /^\/outputs\/0: unknown output "los"; did you mean "loss"\?$/,
  );
  await service.rejects(
    asking({ outputs: [{ name: 'grad' }] }),
    /^\/outputs\/0: unknown output "grad"; GET \/v2\/models\/focal-loss lists the outputs$/,
  );
  await service.rejects(
    asking({ outputs: [{ name: 'loss' }, { name: 'loss' }] }),
    /^\/outputs\/1: expected the output loss once$/,
  );
  const classification = { name: 'loss', parameters: { classification: 2 } };
  await service.rejects(
    asking({ outputs: [classification] }),
    /expected no classification, which this service does not have$/,
  );
  await service.rejects(asking({ parameters: { gama: 2 } }), /^\/gama: unknown field "gama"; did you mean "gamma"\?$/);
  await service.rejects(
    asking({ parameters: { gamma: 2 } }),
    /^\/gamma: expected it once, got an input and a parameter$/,
  );
  await service.rejects(
    asking({ parameters: { timeout: -1 } }),
    /^\/parameters\/timeout: expected a number ≥ 0, got -1$/,
  );
  await service.rejects(
    asking({ parameters: { binary_data_output: 1 } }),
    /^\/parameters\/binary_data_output: expected a boolean/,
  );
  const twice = { parameters: { outputs: '["loss"]' }, outputs: [{ name: 'loss' }] };
  await service.rejects(asking(twice), /^\/outputs: expected them once/);
  const beta = { alpha: '{"effective_number":{"beta":0.5,"beta":0.9}}' };
  const repeated = /^The option "alpha" is not read: expected each name once in an object, got "beta" twice$/;
  await service.rejects(asking({ parameters: { ...OPTIONS, ...beta } }), repeated, malformed);
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    for (const value of [1, '"x"', '{"polluted": true}']) {
      const own = JSON.parse(`{"${name}": ${JSON.stringify(value)}}`);
      const unknown = new RegExp(`^/${name}: unknown field "${name}"$`);
      await service.rejects(asking({ parameters: { ...OPTIONS, ...own } }), unknown);
    }
  }
  await service.rejects(
    asking({ parameters: { ...OPTIONS, reduction: 'max' } }),
    /^\/reduction: expected one of "mean", "sum"/,
  );
});
