import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  checkStructure,
  MAX_CONTAINERS,
  MAX_DEPTH,
  MAX_MEMBERS,
  MAX_NAME_BYTES,
  MAX_STRING_BYTES,
  OPTION,
  type StructureLimits,
} from '../../../src/codecs/json/check-structure.ts';
import { MAX_CLASSES } from '../../../src/loss/limits.ts';

const check = (text: string, limits?: StructureLimits) => checkStructure(Buffer.from(text), 'The body', limits);
const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"${i}":0`).join()}}`;

test('the depth of arrays, of objects and of both is limited', () => {
  check('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH));
  check('[[]]'.repeat(MAX_DEPTH));
  const tooDeep = /The body is not read: expected arrays and objects at most 64 deep in each other, got more$/;
  assert.throws(() => check('['.repeat(MAX_DEPTH + 1)), { code: 'malformed_body', message: tooDeep });
  assert.throws(() => check('{"a":'.repeat(MAX_DEPTH + 1)), tooDeep);
  assert.throws(() => check('[{"a":'.repeat(MAX_DEPTH / 2 + 1)), tooDeep);
});

test('arrays, objects and members are limited in number, and names in length', () => {
  check(`[${'[],'.repeat(MAX_CONTAINERS - 2)}[]]`);
  assert.throws(() => check(`[${'{},'.repeat(MAX_CONTAINERS)}0]`), /at most 4194304 in all, got more$/);
  check('[[],[]]', { ...OPTION, containers: 3 });
  assert.throws(() => check('[[],[],[]]', { ...OPTION, containers: 3 }), /at most 3 in all, got more$/);
  check(members(MAX_MEMBERS));
  assert.throws(() => check(members(MAX_MEMBERS + 1)), /members at most 2048 in all objects, got more$/);
  const quotes = 2;
  check(`{"${'n'.repeat(MAX_NAME_BYTES - quotes)}":1}`);
  assert.throws(() => check(`{"${'n'.repeat(MAX_NAME_BYTES)}":1}`), /names at most 1024 bytes long, got more$/);
});

test('items are limited in each array', () => {
  const three = { ...OPTION, items: 3 };
  check('[[1,2,3],4,{"a":[1,2],"b":0,"c":[]}]', three);
  for (const text of ['[1,2,3,4]', '[[1,2,3],[1,2,3,4]]', '{"a":[1,[],2,3,4,5]}', '[0,0,0,']) {
    assert.throws(() => check(text, three), {
      message: 'The body is not read: expected arrays of at most 3 items, got more',
    });
  }
  check(`[${'0,'.repeat(MAX_CLASSES)}0]`); // Tensors may be among the arrays of a body.
});

test('strings are limited in length, wherever they are', () => {
  check(`["${'~'.repeat(MAX_STRING_BYTES - 2)}"]`);
  for (const text of ['["~"]', '{"gamma":"~"}', '{"a":[{"~":1}]}']) {
    const long = text.replace('~', '~'.repeat(MAX_STRING_BYTES));
    assert.throws(() => check(long), {
      code: 'malformed_body',
      message: /strings at most 4194304 bytes long, got more$/,
    });
  }
});

test('the memory that text takes is a byte for each, 2 if some need two, and 6 more for those in strings', () => {
  assert.equal(check(' '.repeat(1000)), 1000);
  assert.equal(check(`${' '.repeat(996)}"é"`), 2000 + 6 * 4);
  assert.equal(check(`"${'a'.repeat(998)}"`), 7000);
});

test('brackets and colons within strings do not count', () => {
  check(`["${'['.repeat(20_000)}", "${'\\"['.repeat(20_000)}", "\\\\", "${'{:'.repeat(300_000)}"]`);
  assert.throws(() => check(`["\\\\", ${'['.repeat(20_000)}`), /deep/);
  check('"never closed ['.padEnd(20_000, '['));
  check('"ends in \\');
});

test('a name that an object has twice is rejected and named, at any depth and however it is escaped', () => {
  for (const [text, name] of [
    ['{"a":1,"a":1}', '"a"'],
    ['{"a": 1 , "b":{"a":1}, "a" : {}}', '"a"'],
    ['[{"x":[{"deep":1,"other":[{"deep":1}],"deep":2}]}]', '"deep"'],
    ['{"":1,"":2}', '""'],
    ['{"gamma":1,"\\u0067amma":2}', '"gamma"'],
    ['{"\\"":1,"\\u0022":2}', '"\\""'],
    ['{"é":1,"\\u00e9":2}', '"é"'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__"'],
    [`{"${'n'.repeat(500)}":1,"${'n'.repeat(500)}":2}`, `"${'n'.repeat(40)}…"`],
  ] as const) {
    const message = `The body is not read: expected each name once in an object, got ${name} twice`;
    assert.throws(() => check(text), { code: 'malformed_body', message }, text);
  }
});

test('the same name in several objects, as a value or in a string is accepted', () => {
  check('{"a":{"a":{"a":"a"}},"b":[{"a":"b"},{"a":"b"}],"c":"\\"a\\":1,\\"a\\":2"}');
  check('{"a":"x","b":"x","x":["a","a"]}');
});

test('text that is not JSON is left to the parser', () => {
  for (const text of ['a:b:c', ':::', '{:1,:2}', '{"a":1:2}', ']]{"a":1', '{"\\x":1}', '12:30:12', '{{}:1,{}:2}']) {
    check(text);
  }
});

test('any JSON that JSON.parse reads without loss passes', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'medium' }), fc.constantFrom(undefined, 2, '\t'), (text, indent) => {
      check(JSON.stringify(JSON.parse(text), null, indent));
    }),
    { numRuns: 3000 },
  );
});
