import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MAX_STRING_BYTES } from '../../src/codecs/json/check-structure.ts';
import { requestSchema } from '../../src/codecs/request-schema.ts';
import { sweepSchema } from '../../src/codecs/sweep/sweep-schema.ts';
import { problemSchema } from '../../src/http/problem.ts';
import { fileWith } from '../helpers/codecs/safetensors-file.ts';
import { send } from '../helpers/http/send.ts';
import { startTestService } from '../helpers/service.ts';

// Whatever is too long or too deep is a small problem document, made in little time.

const service = await startTestService();

const MAX_PROBLEM_BYTES = 65_536;
const ROUTES = {
  json: ['/v1/focal-loss', 'application/json'],
  sweep: ['/v1/focal-loss/sweep', 'application/json'],
  safetensors: ['/v1/focal-loss', 'application/vnd.safetensors'],
  inference: ['/v2/models/focal-loss/infer', 'application/json'],
} as const;

async function rejected(
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
): Promise<{ status: number; code: string; detail: string; messages: string }> {
  const response = await send(service.url, path, headers, body).response;
  const text = response.body.toString();
  assert.ok(response.body.length <= MAX_PROBLEM_BYTES, `${response.body.length} bytes`);
  const { error, ...problem } = JSON.parse(text);
  assert.equal(typeof error, path.startsWith('/v2') ? 'string' : 'undefined');
  const { code, detail, errors = [] } = problemSchema.parse(problem);
  const messages = [detail, ...errors.map(({ pointer, message }) => `${pointer}: ${message}`)].join('\n');
  return { status: response.status, code, detail, messages };
}

/** Sent compressed, as a caller would whose network is slow. */
async function rejectedBody(t: TestContext, route: keyof typeof ROUTES, body: string | Buffer) {
  const [path, type] = ROUTES[route];
  const sent = gzipSync(body);
  const start = performance.now();
  const problem = await rejected(path, { 'content-type': type, 'content-encoding': 'gzip' }, sent);
  t.diagnostic(`${body.length} bytes: ${Math.round(performance.now() - start)} ms`);
  assert.ok(performance.now() - start < 5000, `${performance.now() - start} ms`);
  return problem;
}

const TWENTY_WRONG = `[${Array(20).fill('[5,null]').join()}]`;
// As long as a string may be.
const LONG = '~'.repeat(MAX_STRING_BYTES - 2);
const DEEP = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const input = (members: string) => `{"inputs":[{"name":"logits","datatype":"FP32",${members}}]}`;

const INFERENCE = {
  'a shape of three million axes': [input(`"shape":[20${',1'.repeat(3_000_000)}],"data":${TWENTY_WRONG}`), /5 axes/],
  'a shape of 3000 axes': [input(`"shape":[20${',1'.repeat(3000)}],"data":${TWENTY_WRONG}`), /at most 5 axes/],
  'data as deep as its shape': [input(`"shape":[${Array(3000).fill(1).join()}],"data":${DEEP(3000)}`), /64 deep/],
  'data beyond all axes': [input(`"shape":[${Array(60).fill(1).join()}],"data":${DEEP(60)}`), /at most 5 axes/],
  'a deep shape': [input(`"shape":${DEEP(60)},"data":[1]`), /expected an array of integers/],
  'an input of a long name': [
    `{"inputs":[{"name":"${LONG}","datatype":"FP32","shape":[1],"data":[1]}]}`,
    /unknown inp/,
  ],
  'an input and a parameter of a long name': [
    `{"parameters":{"${'~'.repeat(1000)}":1},"inputs":[{"name":"${'~'.repeat(1000)}","datatype":"FP32","shape":[1],"data":[1]}]}`,
    /unknown input/,
  ],
  'a long datatype': [`{"inputs":[{"name":"logits","datatype":"${LONG}","shape":[1],"data":[1]}]}`, /expected one of/],
  'an output of a long name': [`{"inputs":[],"outputs":[{"name":"${LONG}"}]}`, /unknown output/],
  'a long id': [`{"id":"${LONG}","inputs":[]}`, /at most 1024 characters/],
  'a long parameter': [`{"parameters":{"reduction":"${LONG}"},"inputs":[]}`, /"mean", "sum", "none"/],
  'a parameter of a long name': [`{"parameters":{"${LONG}":1},"inputs":[]}`, /names at most 1024 bytes/],
  'a deep parameter': [`{"parameters":{"alpha":${DEEP(60)}},"inputs":[]}`, /expected/],
  'a deep parameter as text': [`{"parameters":{"alpha":"${DEEP(1_000_000)}"},"inputs":[]}`, /option "alpha".* 64 deep/],
  'a thousand deep parameters': [
    `{"parameters":{${Array.from({ length: 1000 }, (_, i) => `"p${i}":"${DEEP(60)}"`).join()}},"inputs":[]}`,
    /unknown field/,
  ],
} satisfies Record<string, [body: string, expected: RegExp]>;

for (const [name, [body, expected]] of Object.entries(INFERENCE)) {
  test(`Open Inference: ${name}`, async (t) => {
    const problem = await rejectedBody(t, 'inference', body);
    assert.equal(problem.status, 400);
    assert.match(problem.messages, expected);
  });
}

const batch = (members: string) => `{"logits":[[1,2]],"labels":[[1,0]],${members}}`;
const JSON_BODIES = {
  'a field of a long name': [batch(`"${LONG}":1`), /names at most 1024 bytes/],
  'a field of a name of slashes': [batch(`"${'/'.repeat(1000)}":1`), /unknown field "\/{40}…"/],
  'a long activation': [batch(`"activation":"${LONG}"`), /expected one of "sigmoid", "softmax", got "~{40}…"/],
  'a long class name': [batch(`"class_names":["a","${LONG}"]`), /a string of at most 256 characters, got "~{40}…"/],
  'a long number': [batch(`"gamma":${'9'.repeat(1_000_000)}`), /got Infinity$/],
  'a long string among logits': [`{"logits":["${LONG}"],"labels":[1]}`, /expected a number, got "~{40}…"/],
  'logits of 3000 axes': [`{"logits":${DEEP(3000)},"labels":[1]}`, /64 deep/],
  'logits of 60 axes': [`{"logits":${DEEP(60)},"labels":[1]}`, /at most 5 axes/],
} satisfies Record<string, [body: string, expected: RegExp]>;

for (const [name, [body, expected]] of Object.entries(JSON_BODIES)) {
  test(`JSON: ${name}`, async (t) => {
    assert.match((await rejectedBody(t, 'json', body)).messages, expected);
    await rejectedBody(t, 'sweep', body);
  });
}

const metadata = (members: string) => fileWith(`{"__metadata__":{${members}}}`);
const NAME = '~'.repeat(4_000_000);
const FILES = {
  'a tensor of a long name': [
    fileWith(`{"${NAME}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, Buffer.alloc(1)),
    /unknown field "~{40}…"/,
  ],
  'a tensor and metadata of one long name': [
    fileWith(
      `{"__metadata__":{"${'~'.repeat(2_000_000)}":"1"},"${'~'.repeat(2_000_000)}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`,
    ),
    /^\/(~0){64}…: expected "~{40}…" once/,
  ],
  'metadata of a long name': [metadata(`"${NAME}":"1"`), /unknown field "~{40}…"/],
  'a long option': [metadata(`"reduction":"${NAME}"`), /got "~{40}…"/],
  'a deep option': [metadata(`"alpha":"${DEEP(2_000_000)}"`), /^The option "alpha" is not read: .* 64 deep/],
  'an option of many arrays': [metadata(`"alpha":"[${'[],'.repeat(1_000_000)}[]]"`), /at most 4096 in all/],
  'a thousand deep options': [
    metadata(Array.from({ length: 1000 }, (_, i) => `"${i}":"${DEEP(2000)}"`).join()),
    /unknown field "0"$/m,
  ],
  'a shape of 64 axes': [
    fileWith(
      `{"logits":{"dtype":"F32","shape":[${Array(64).fill(1).join()}],"data_offsets":[0,4]},"labels":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}`,
      Buffer.alloc(5),
    ),
    /^\/logits: expected 1 to 5 axes, got shape \[1, 1, 1, 1, 1, 1, 1, 1, … 64 axes\]$/m,
  ],
  'a shape of a million axes': [
    fileWith(`{"logits":{"dtype":"F32","shape":[1${',1'.repeat(1_000_000)}]}}`),
    /at most 64/,
  ],
  'a deep shape': [fileWith(`{"logits":{"dtype":"F32","shape":${DEEP(1_000_000)}}}`), /expected an integer/],
} satisfies Record<string, [body: Buffer, expected: RegExp]>;

for (const [name, [body, expected]] of Object.entries(FILES)) {
  test(`safetensors: ${name}`, async (t) => {
    assert.match((await rejectedBody(t, 'safetensors', body)).messages, expected);
  });
}

test('long paths and headers are cut', async () => {
  const long = '"\u00e9'.repeat(4500); // Each pair takes 4 bytes in JSON.
  const json = { 'content-type': 'application/json' };
  const cases: [path: string, headers: Record<string, string>, code: string][] = [
    [`/${'a%22'.repeat(3500)}`, json, 'not_found'],
    [`/v2/${'a%22'.repeat(3500)}`, json, 'not_found'],
    [`/v1/%E0%A4%A${'x'.repeat(14_000)}`, json, 'not_found'],
    ['/v1/focal-loss', { 'content-type': long }, 'unsupported_media_type'],
    ['/v1/focal-loss', { 'content-type': `application/json${long}` }, 'unsupported_media_type'],
    ['/v1/focal-loss', { ...json, accept: long }, 'not_acceptable'],
    ['/v1/focal-loss', { ...json, accept: 'a/b,'.repeat(3500) }, 'not_acceptable'],
    ['/v1/focal-loss', { ...json, accept: `${'a/b,'.repeat(300)}application/json` }, 'not_acceptable'],
    ['/v1/focal-loss', { ...json, 'content-encoding': long }, 'unsupported_media_type'],
    ['/v2/models/focal-loss/infer', { ...json, 'content-encoding': long }, 'unsupported_media_type'],
    ['/v2/models/focal-loss/infer', { 'inference-header-content-length': long }, 'malformed_body'],
  ];
  for (const [path, headers, code] of cases) {
    const problem = await rejected(path, headers, '{}');
    assert.equal(problem.code, code);
    assert.ok(problem.detail.length < 400, `${problem.detail.length} characters: ${problem.detail}`);
  }
});

/** Values of every kind that are too deep, too long or too many, as JSON. */
const VALUES = {
  'deep arrays': DEEP(60),
  'deep objects': `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`,
  'deeper arrays': DEEP(3000),
  'a long string': `"${'~'.repeat(50_000)}"`,
  'many strings': `[${Array(5000).fill('"~~~~~~"').join()}]`,
  'many arrays': `[${Array(5000).fill('[]').join()}]`,
  'many members': `{${Array.from({ length: 2000 }, (_, i) => `"~${i}":1`).join()}}`,
  'many objects': `[${Array(1500).fill('{"beta":2}').join()}]`,
  'a long number': '9'.repeat(50_000),
  'many numbers': `[${Array(20_000).fill('1e308').join()}]`,
};

/** A valid batch as JSON members, without the field that is tested. */
function batchWithout(field: string): string {
  const members = { logits: '[[1,2]]', labels: '[[1,0]]', gammas: '[1]' };
  return Object.entries(members)
    .filter(([name]) => name !== field)
    .map(([name, value]) => `"${name}":${value}`)
    .join();
}

for (const [name, value] of Object.entries(VALUES)) {
  test(`every field: ${name}`, async () => {
    const fields = new Set(Object.keys({ ...requestSchema.shape, ...sweepSchema.shape }));
    for (const field of fields) {
      const text = JSON.stringify(value);
      const bodies = {
        json: `{${batchWithout(field)},"${field}":${value}}`,
        sweep: `{${batchWithout(field)},"${field}":${value}}`,
        safetensors: metadata(`"${field}":${text}`),
        inference: `{"inputs":[],"parameters":{"${field}":${text},"timeout":${value}}}`,
      };
      for (const [route, body] of Object.entries(bodies)) {
        const [path, type] = ROUTES[route as keyof typeof ROUTES];
        const { status } = await rejected(path, { 'content-type': type }, body);
        assert.ok([400, 422].includes(status), `${status} for ${field}, ${route}`);
      }
    }
  });
}
