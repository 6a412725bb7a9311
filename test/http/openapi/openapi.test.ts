import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { inferenceResponseSchema } from '../../../src/codecs/open-inference/inference-schema.ts';
import { inferenceProblemSchema } from '../../../src/http/inference-problem.ts';
import { RECIPES } from '../../../src/http/openapi/recipe-examples.ts';
import { PROBLEMS } from '../../../src/http/problem.ts';
import { readRecipes } from '../../helpers/recipes.ts';
import { type Json, startTestService } from '../../helpers/service.ts';

const service = await startTestService();
const committed = (name: string) => readFileSync(new URL(`../../../openapi/${name}`, import.meta.url), 'utf8');
const document: Json = (await service.http.get('/openapi.json')).body;

test('the served documents equal the committed documents, and both formats have the same content', async () => {
  assert.deepEqual(document, JSON.parse(committed('openapi.json')));
  const yaml = await service.http.get('/openapi.yaml').buffer(true);
  assert.match(yaml.headers['content-type'] ?? '', /yaml/);
  assert.equal(yaml.text, committed('openapi.yaml'));
  assert.deepEqual(parse(yaml.text), document);
});

/** The two builds of the kernels differ in the last digits. */
function comparable(response: Json): Json {
  const rounded = (_: string, value: Json) => (typeof value === 'number' ? Number(value.toPrecision(13)) : value);
  return JSON.parse(JSON.stringify({ ...response, engine: null, duration_ms: null }), rounded);
}

test('every operation has an example of its request and of its responses', () => {
  for (const [path, methods] of Object.entries<Json>(document.paths)) {
    for (const [method, operation] of Object.entries<Json>(methods)) {
      assert.ok(operation.operationId && operation.summary, `${method} ${path}`);
      const bodies = [operation.requestBody, ...Object.values<Json>(operation.responses)].filter(Boolean);
      for (const [type, media] of bodies.flatMap((body) => Object.entries<Json>(body.content ?? {}))) {
        if (/json$/.test(type)) assert.ok(Object.keys(media.examples).length > 0, `${method} ${path}`);
        else if (type === 'text/plain') assert.ok(media.examples.response.value, `${method} ${path}`);
        else for (const name of refsOf(media)) assert.equal(document.components.schemas[name].format, 'binary');
      }
    }
  }
});

/** The names of the schemas that a body may have. */
function refsOf({ schema }: Json): string[] {
  return (schema.anyOf ?? [schema]).map(({ $ref }: Json) => $ref.split('/').at(-1));
}

test('requests and responses list the binary formats after JSON', () => {
  const { requestBody, responses } = document.paths['/v1/focal-loss'].post;
  for (const [content, schema] of [
    [requestBody.content, 'FocalLossRequest'],
    [responses['200'].content, 'FocalLossResponse'],
  ]) {
    assert.deepEqual(
      Object.entries<Json>(content).map(([type, media]) => [type, ...refsOf(media)]),
      [
        ['application/json', schema],
        ['application/vnd.safetensors', `${schema}File`],
        ['application/x-npz', `${schema}Npz`],
        ['application/zip', `${schema}Npz`],
        ['application/octet-stream', `${schema}File`, `${schema}Npz`],
      ],
    );
    for (const [name, place] of [
      ['File', /`__metadata__/],
      ['Npz', /`(options|response)`/],
    ] as const) {
      const file = document.components.schemas[`${schema}${name}`];
      assert.deepEqual([file.type, file.format], ['string', 'binary']);
      assert.match(file.description, place);
    }
  }
});

test('each problem is documented under its status, with an example', () => {
  const documented = new Set<string>();
  for (const operation of Object.values<Json>(document.paths).flatMap((methods) => Object.values<Json>(methods))) {
    for (const [status, response] of Object.entries<Json>(operation.responses)) {
      const examples = response.content?.['application/problem+json']?.examples ?? {};
      for (const [code, { value }] of Object.entries<Json>(examples)) {
        documented.add(code);
        assert.equal(PROBLEMS[code as keyof typeof PROBLEMS].status, Number(status));
        assert.equal(value.status, Number(status));
      }
    }
  }
  // These belong to no operation: the path or the method has none, or no request could be read.
  const others = ['not_found', 'method_not_allowed', 'malformed_request', 'headers_too_large'];
  assert.deepEqual([...documented, ...others].sort(), Object.keys(PROBLEMS).sort());
});

test("the Open Inference Protocol's errors have its `error` string, and none has status 422", () => {
  const codes = new Set<string>();
  for (const [path, methods] of Object.entries<Json>(document.paths)) {
    if (!path.startsWith('/v2')) continue;
    for (const [status, response] of Object.entries<Json>(Object.values<Json>(methods)[0].responses)) {
      if (status === '200') continue;
      for (const [code, { value }] of Object.entries<Json>(response.content['application/json'].examples)) {
        codes.add(code);
        inferenceProblemSchema.parse(value);
        assert.deepEqual([value.code, value.status, value.error], [code, Number(status), value.detail]);
        assert.notEqual(value.status, 422);
      }
    }
  }
  assert.ok(codes.has('invalid_request') && codes.has('deadline_exceeded'));
});

test('the documented inference request gives the documented response, except device and durations', async () => {
  for (const path of ['/v2/models/focal-loss/infer', '/v2/models/focal-loss/versions/1/infer']) {
    const { requestBody, responses } = document.paths[path].post;
    const expected = responses['200'].content['application/json'].examples.response.value;
    const example = requestBody.content['application/json'].examples.json.value;
    const { body: response } = await service.http.post(path).send(example);
    inferenceResponseSchema.parse(response);
    assert.deepEqual({ ...response, parameters: null }, { ...expected, parameters: null });
    assert.deepEqual(Object.keys(response.parameters), Object.keys(expected.parameters));
    assert.equal(response.parameters.options, expected.parameters.options);
  }
});

test('every example of a request is accepted', async () => {
  let sent = 0;
  for (const [path, { post }] of Object.entries<Json>(document.paths)) {
    // Shared memory is off by default; test/http/routes/shared-memory.test.ts registers regions.
    const examples = path.startsWith('/v2/systemsharedmemory')
      ? {}
      : post?.requestBody?.content['application/json'].examples;
    for (const [name, { value, summary }] of Object.entries<Json>(examples ?? {})) {
      const { status, body } = await service.http.post(path).send(value);
      assert.equal(status, 200, `${path} ${name}: ${JSON.stringify(body)}`);
      assert.ok(summary);
      sent += 1;
    }
  }
  assert.ok(sent > 20);
});

test('the options of examples are those of the recipes that they are named after', () => {
  const recipes = readRecipes();
  for (const [name, { logits: _, labels: __, ...options }] of Object.entries<Json>(RECIPES)) {
    assert.deepEqual(options, recipes.get(name), name);
  }
});

test('no field has the limits of a number format as its range', () => {
  for (const limit of [
    '9007199254740991',
    '2147483648',
    '2147483647',
    '3.4028234663852886e+38',
    '1.1754943508222875e-38',
  ]) {
    assert.ok(!JSON.stringify(document).includes(limit), limit);
  }
  const { class_axis: axis, epsilon } = document.components.schemas.FocalLossRequest.properties;
  assert.equal(axis.format, 'int32');
  assert.deepEqual([epsilon.exclusiveMinimum, epsilon.minimum, epsilon.exclusiveMaximum], [0, undefined, 0.5]);
});

/** Every object schema of a document, with its pointer. */
function* objectSchemas(value: Json, pointer: string): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (value.type === 'object' && value.properties) yield [pointer, value];
  for (const [key, item] of Object.entries<Json>(value)) {
    if (key !== 'examples' && key !== 'oneOf') yield* objectSchemas(item, `${pointer}/${key}`);
  }
}

test('each field has a description, and each option of a request a default', () => {
  const { schemas } = document.components;
  for (const [pointer, { properties }] of objectSchemas(schemas, '')) {
    for (const [name, field] of Object.entries<Json>(properties)) {
      assert.ok(field.description, `${pointer}/${name} has no description`);
    }
  }
  for (const name of ['FocalLossRequest', 'SweepRequest']) {
    const { properties, required } = schemas[name];
    for (const [option, field] of Object.entries<Json>(properties)) {
      if (required.includes(option) || option === 'logits' || option === 'probabilities') continue;
      assert.ok('default' in field || /\bdefault\b/i.test(field.description), `${name}.${option} has no default`);
      assert.ok(field.examples?.length > 0, `${name}.${option} has no example`);
    }
  }
});

test('the documented batch gives the documented response, except engine and durations', async () => {
  const { requestBody, responses } = document.paths['/v1/focal-loss'].post;
  const example = requestBody.content['application/json'].examples.detector.value;
  const expected = responses['200'].content['application/json'].examples.response.value;
  const response = await service.focalLoss(example);
  assert.deepEqual(comparable(response), comparable(expected));
  assert.deepEqual(Object.keys(response), Object.keys(expected));
  assert.deepEqual(Object.keys(response.duration_ms), Object.keys(expected.duration_ms));
});

test('the documented sweep gives the documented response, except engine and durations', async () => {
  const { requestBody, responses } = document.paths['/v1/focal-loss/sweep'].post;
  const example = requestBody.content['application/json'].examples.detector.value;
  const expected = responses['200'].content['application/json'].examples.response.value;
  const { body: response } = await service.http.post('/v1/focal-loss/sweep').send(example);
  assert.deepEqual(comparable(response), comparable(expected));
  assert.deepEqual(Object.keys(response), Object.keys(expected));
});

test('the documented problem equals the served problem', async () => {
  const { requestBody, responses } = document.paths['/v1/focal-loss'].post;
  const request = requestBody.content['application/json'].examples.detector.value;
  const expected = responses['422'].content['application/problem+json'].examples.invalid_request.value;
  const problem = await service.problem({ ...request, gama: 2 }, 'invalid_request');
  assert.deepEqual({ ...problem, request_id: null }, { ...expected, request_id: null });
});

test('keys are optional, in either header, and public routes are documented as such', () => {
  assert.deepEqual(document.security, [{}, { bearer: [] }, { apiKey: [] }]);
  const { bearer, apiKey } = document.components.securitySchemes;
  assert.deepEqual([bearer.type, bearer.scheme], ['http', 'bearer']);
  assert.deepEqual([apiKey.type, apiKey.in, apiKey.name], ['apiKey', 'header', 'X-API-Key']);
  assert.deepEqual(document.paths['/health/live'].get.security, []);
  assert.ok(document.paths['/v1/focal-loss'].post.responses['401'].headers['WWW-Authenticate']);
  assert.equal(document.paths['/health/ready'].get.responses['401'], undefined);
});
