import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { divideNumbers, joinNumbers } from '../../../src/codecs/json/divided-numbers.ts';
import { divideNumberText, findNumberTexts } from '../../../src/codecs/json/number-text.ts';
import { readNumberArray } from '../../../src/codecs/json/read-number-array.ts';
import { readNumberPart } from '../../../src/codecs/json/read-number-part.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { product } from '../../../src/loss/tensor.ts';

const FIELDS = { logits: 'float32', labels: 'float64' } as const;

/** Joins what the parts of the only array give; undefined if it is not divided, or its parts are not read or joined. */
function readInParts(text: string, count: number) {
  const bytes = Buffer.from(text);
  const [found] = findNumberTexts(bytes, FIELDS, 0);
  const divided = found && divideNumbers(bytes, found, count, unpooled);
  return divided && joinNumbers({ ...divided, results: divided.parts.map(readNumberPart) });
}

/** Not where each item has about the length of a part: then there is no place in any. */
function isDivided(text: string, count: number): boolean {
  const bytes = Buffer.from(text);
  const [found] = findNumberTexts(bytes, FIELDS, 0);
  return divideNumberText(bytes, found!, count).length > 2;
}

function nest(numbers: readonly string[], shape: readonly number[], comma: string): string {
  if (shape.length === 0) return numbers[0]!;
  const size = product(shape.slice(1));
  const items = Array.from({ length: shape[0]! }, (_, i) =>
    nest(numbers.slice(i * size, (i + 1) * size), shape.slice(1), comma),
  );
  return `[${items.join(comma)}]`;
}

const request = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
  name: fc.constantFrom('logits', 'labels'),
  comma: fc.constantFrom(',', ', '),
  before: fc.constantFrom('{', '{"gamma":2,', '{"class_names":["logits","a],[0"], '),
  behind: fc.constantFrom('}', ' \n}', ',"alpha":null}'),
});

test('an array that is divided anywhere is read as it is as a whole', () => {
  let joined = 0;
  fc.assert(
    fc.property(request, fc.integer({ min: 2, max: 9 }), ({ shape, name, comma, before, behind }, count) => {
      const numbers = Array.from({ length: product(shape) }, (_, i) => String(Math.sin(i) * 10 ** (i % 5)));
      const text = `${before}"${name}": ${nest(numbers, shape, comma)}${behind}`;
      const start = text.indexOf('[', text.indexOf(`"${name}":`));
      const whole = readNumberArray(Buffer.from(text), start, FIELDS[name as 'logits'], 5, unpooled);
      const parts = readInParts(text, count);
      if (parts) assert.deepEqual(parts, whole);
      else assert.ok(shape.length === 1 || !isDivided(text, count), text);
      joined += Number(parts !== undefined);
    }),
    { numRuns: 1000 },
  );
  assert.ok(joined > 300, `${joined}`);
});

test('what is no array of numbers as a whole is none in parts', () => {
  const row = '[1.5,2.25,3.125,4.0625]';
  const rows = new Array(20).fill(row).join(',');
  assert.deepEqual(readInParts(`{"logits":[${rows}]}`, 2)?.shape, [20, 4]);
  const faulty = [
    `[${rows},[1,2,3]]`,
    `[[1,2,3],${rows}]`,
    `[${rows},[1,2,3,"4"]]`,
    `[${rows},[1,2,3,null]]`,
    `[${rows},[1,2,3,1e99]]`,
    `[${rows},[1,2,3,04]]`,
    `[${rows},[[1,2,3,4]]]`,
    `[${rows},4]`,
    `[${rows},]`,
    `[${rows},,${rows}]`,
    `[${rows}],${rows}]`,
    `[${rows}][${rows}]`,
    `[${rows}`,
    `[${rows},`,
    `[${rows},[`,
    `[${rows}}`,
    `[${rows},{"a":1}]`,
    `[${rows},[]]`,
    `[,${rows}]`,
  ];
  for (const text of faulty) {
    for (const end of ['', '}', ',"gamma":2}']) {
      const body = `{"logits":${text}${end}`;
      for (let count = 2; count < 8; count++) {
        const parts = readInParts(body, count);
        const whole = readNumberArray(Buffer.from(body), body.indexOf('['), 'float32', 5, unpooled);
        if (parts) assert.deepEqual(parts, whole, body);
      }
    }
  }
});

test('numbers that are shorter than there is memory for are not read in parts', () => {
  const ones = new Array(1000).fill(1);
  assert.equal(readInParts(JSON.stringify({ logits: ones }), 2), undefined);
  assert.deepEqual(readInParts(JSON.stringify({ labels: ones }), 2)?.values, Float64Array.from(ones));
});

test('arrays are found wherever they are, and nothing that is no member', () => {
  const find = (text: string) =>
    findNumberTexts(Buffer.from(text), FIELDS, 2).map(({ start, end, rank }) => [start, end, rank]);
  assert.deepEqual(find('{"logits":[1,2],"labels" : [ [3]]}'), [
    [10, 16, 1],
    [27, 34, 2],
  ]);
  for (const text of [
    '',
    '"',
    '{"logits"',
    '{"logits":',
    '{"logits":3}',
    '{"logit":[1,2]}',
    '{"x":"logits","y":[1,2]}',
  ]) {
    assert.deepEqual(find(text), [], text);
  }
  assert.deepEqual(find(`{"constructor":[1,2],"logits"${' '.repeat(100)}:[1,2]}`), []);
});

test('a text that nowhere can be divided holds its thread for milliseconds only', () => {
  const length = 2 ** 26;
  for (const [head, rest] of [
    ['[[1', ']'],
    ['[[[1', ']] ,'],
    ['[[[[[1', ']]]] '],
  ] as const) {
    const text = Buffer.alloc(length, rest, 'latin1');
    text.write(head);
    const found = { start: 0, end: length, precision: 'float32', rank: head.length - 1 } as const;
    // Of several runs: other load on the machine does not count.
    let ms = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 20 && ms >= 20; run++) {
      const start = performance.now();
      assert.deepEqual(divideNumberText(text, found, 16), [1, length]);
      ms = Math.min(ms, performance.now() - start);
    }
    assert.ok(ms < 20, `${head}: ${ms} ms`);
  }
});

test('items that are longer than what is searched at a time are divided, wherever they end', () => {
  for (const offset of [-3, -2, -1, 0, 1]) {
    const item = `[[${'1,'.repeat(2 ** 16)}`;
    const first = `${item.slice(0, 2 ** 17 + offset)}2]]`;
    const text = Buffer.from(`[${first},[[${'1,'.repeat(2 ** 16)}2]]]`);
    const found = { start: 0, end: text.length, precision: 'float32', rank: 3 } as const;
    const bounds = divideNumberText(text, found, 16);
    assert.deepEqual(bounds, [1, first.length + 2, text.length], `${offset}`);
  }
});

test('the end of an array is no place to divide it', () => {
  let divided = 0;
  for (const shape of [[3, 500], [3, 3, 90], [3, 2, 2, 30], [3000]]) {
    const numbers = Array.from({ length: product(shape) }, (_, i) => String(Math.cos(i)));
    for (const behind of ['}', ',"gamma":2}', ', "gamma":2}', ',\n"gamma":2}']) {
      const text = `{"logits":${nest(numbers, shape, ',')}${behind}`;
      for (let count = 2; count < 12; count++) {
        if (!isDivided(text, count)) continue;
        assert.deepEqual(readInParts(text, count)?.shape, shape, `${count} parts of [${shape}] before ${behind}`);
        divided += 1;
      }
    }
  }
  assert.ok(divided > 140, `${divided}`);
});
