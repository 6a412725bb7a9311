import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Json, startTestService } from '../../helpers/service.ts';

const service = await startTestService();
const document: Json = (await service.http.get('/openapi-3.0.json')).body;
const whole: Json = (await service.http.get('/openapi.json')).body;
const { schemas } = document.components;

/** Every object in a value, with its pointer. */
function* objectsIn(value: Json, pointer = ''): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [pointer, value];
  for (const [key, item] of Object.entries<Json>(value)) {
    if (key !== 'examples' && key !== 'example') yield* objectsIn(item, `${pointer}/${key}`);
  }
}

test('the document for generators is served as it is committed', () => {
  const committed = readFileSync(new URL('../../../openapi/openapi-3.0.json', import.meta.url), 'utf8');
  assert.deepEqual(document, JSON.parse(committed));
  assert.match(document.openapi, /^3\.0\./);
});

test('it has what generators of clients can use, and nothing that they cannot', () => {
  for (const [pointer, object] of objectsIn(document)) {
    if (/\/properties$|\/examples?$/.test(pointer)) continue; // Names of fields.
    for (const keyword of ['anyOf', 'oneOf', 'not', 'const', 'examples', 'default', 'propertyNames', 'prefixItems']) {
      const isOfMedia = keyword === 'examples' && /application~?.*json$/.test(pointer);
      assert.ok(!(keyword in object) || isOfMedia, `${pointer}: ${keyword}`);
    }
    if ('type' in object && typeof object.type !== 'object') {
      assert.equal(typeof object.type, 'string', pointer);
      assert.ok(object.type !== 'array' || 'items' in object, pointer);
    }
    if ('nullable' in object) assert.ok('type' in object, pointer);
    for (const limit of ['exclusiveMinimum', 'exclusiveMaximum']) {
      assert.ok(!(limit in object) || object[limit] === true, `${pointer}: ${limit}`);
    }
    if (Array.isArray(object.enum)) assert.ok(!object.enum.includes(null), pointer);
  }
});

test('no schema refers to itself, and all that are referred to are there', () => {
  const visit = (name: string, path: readonly string[]) => {
    assert.ok(name in schemas, name);
    assert.ok(!path.includes(name), `${[...path, name]}`);
    const found = JSON.stringify(schemas[name]).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, other] of found) visit(other!, [...path, name]);
  };
  for (const [, name] of JSON.stringify(document.paths).matchAll(/"#\/components\/schemas\/(\w+)"/g)) visit(name!, []);
  assert.ok(!('FocalLossRequestFile' in schemas));
});

test('it has every operation that responds with JSON, under the same name, and none that does not', () => {
  const idsIn = ({ paths }: Json) =>
    Object.values<Json>(paths).flatMap((path) => Object.values<Json>(path).map(({ operationId }) => operationId));
  assert.deepEqual(
    // Models cannot be loaded, so that these have no response but errors.
    idsIn(whole).filter((id: string) => !['getMetrics', 'loadModel', 'unloadModel'].includes(id)),
    idsIn(document),
  );
});

test('options have their defaults, enums and limits as people read them', () => {
  const { properties } = schemas.FocalLossRequest;
  assert.deepEqual(properties.activation.enum, ['sigmoid', 'softmax']);
  assert.match(properties.activation.description, /Default: "sigmoid"\.$/);
  assert.match(properties.gamma.description, /Default: 2\.$/);
  assert.equal(properties.gamma.type, undefined);
  const { description: _, example: axisExample, ...classAxis } = properties.class_axis;
  assert.equal(axisExample, 1);
  assert.deepEqual(classAxis, { type: 'integer', format: 'int32', nullable: true });
  const { description: __, example: ___, ...epsilon } = properties.epsilon;
  assert.deepEqual(epsilon, {
    type: 'number',
    format: 'double',
    minimum: 0,
    exclusiveMinimum: true,
    maximum: 0.5,
    exclusiveMaximum: true,
    nullable: true,
  });
  assert.deepEqual(schemas.Tensor.items, {});
});
