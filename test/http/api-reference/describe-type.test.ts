import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeType, valuesOf, withoutNull } from '../../../src/http/api-reference/describe-type.ts';
import type { Schema } from '../../../src/http/api-reference/openapi-document.ts';

const number: Schema = { type: 'number' };

const TYPES: readonly (readonly [Schema, string])[] = [
  [{}, 'any value'],
  [number, 'number'],
  [{ type: 'number', minimum: 0 }, 'number ≥ 0'],
  [{ type: 'number', exclusiveMinimum: 0 }, 'number > 0'],
  [{ type: 'integer', maximum: 9 }, 'integer ≤ 9'],
  [{ type: 'number', exclusiveMaximum: 1 }, 'number < 1'],
  [{ type: 'number', minimum: 0, exclusiveMaximum: 1 }, 'number in [0, 1)'],
  [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, 'number in (0, 1]'],
  [{ type: 'string' }, 'string'],
  [{ type: 'string', maxLength: 64 }, 'string of at most 64 characters'],
  [{ type: 'string', format: 'binary' }, 'binary file'],
  [{ enum: ['a', 'b'] }, 'string'],
  [{ type: ['number', 'null'] }, 'number or null'],
  [{ type: 'array', items: number }, 'array of numbers'],
  [{ type: 'array', items: { type: 'array', items: number } }, 'array of arrays of numbers'],
  [{ type: 'array', items: { anyOf: [number, { type: 'boolean' }] } }, 'array of (number or boolean)'],
  [{ type: 'array', items: { enum: ['a'] } }, 'array of values'],
  [{ type: 'array' }, 'array of values'],
  [{ type: 'array', items: number, minItems: 2 }, 'array of numbers, 2 or more'],
  [{ type: 'array', items: number, minItems: 1 }, 'array of numbers'],
  [{ type: 'array', items: number, maxItems: 3 }, 'array of numbers, 0 to 3 of them'],
  [{ type: 'array', items: number, minItems: 3, maxItems: 3 }, 'array of numbers, 3 of them'],
  [{ anyOf: [number, { const: 'off' }, { enum: ['x', 'y'] }, number] }, 'number or "off" or "x", "y"'],
  [{ $ref: '#/components/schemas/Batch' }, 'the Batch'],
  [{ allOf: [{ $ref: '#/components/schemas/Batch' }], description: 'What is sent.' }, 'the Batch'],
];

for (const [schema, expected] of TYPES) {
  test(`a value is described as "${expected}"`, () => {
    assert.equal(
      describeType(schema, (component) => `the ${component}`),
      expected,
    );
  });
}

test('the values of a field, or of the items of a list, without null', () => {
  assert.deepEqual(valuesOf({ enum: ['a', null, 'b'] }), ['a', 'b']);
  assert.deepEqual(valuesOf({ type: 'array', items: { enum: [1, 2] } }), [1, 2]);
  assert.deepEqual(valuesOf({ type: 'object', items: { enum: [1, 2] } }), []);
  assert.deepEqual(valuesOf(number), []);
});

test('a schema without null keeps what else it says', () => {
  const nothing: Schema = { type: 'null' };
  assert.deepEqual(withoutNull({ type: ['number', 'null'], minimum: 0 }), { type: ['number'], minimum: 0 });
  assert.deepEqual(withoutNull({ anyOf: [number, nothing], description: 'A.' }), { type: 'number', description: 'A.' });
  const text: Schema = { type: 'string' };
  assert.deepEqual(withoutNull({ anyOf: [number, nothing, text] }), { anyOf: [number, text] });
  assert.deepEqual(withoutNull(number), number);
});
