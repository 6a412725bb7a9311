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

function readWhole(text: Uint8Array) {
  return readNumberArray(text, Buffer.from(text).indexOf('['), 'float32', 5, unpooled);
}

/** Not where each part would be shorter than a number. */
function isDivided(text: string, count: number): boolean {
  const bytes = Buffer.from(text);
  const [found] = findNumberTexts(bytes, FIELDS, 0);
  return divideNumberText(bytes, found!, count).length > 0;
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
      else assert.ok(!isDivided(text, count), text);
      joined += Number(parts !== undefined);
    }),
    { numRuns: 1000 },
  );
  assert.ok(joined > 800, `${joined}`);
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

test('an array is divided within the rows of any axis', () => {
  const numbers = Array.from({ length: 24_000 }, (_, i) => String(Math.sin(i)));
  for (const shape of [[24_000], [1, 24_000], [4, 6000], [24_000, 1], [1, 3, 80, 100], [1, 1, 1, 1, 24_000]]) {
    for (const comma of [',', ', ', ',\n']) {
      const text = Buffer.from(`{"logits":${nest(numbers, shape, comma)}}`);
      const [found] = findNumberTexts(text, FIELDS, 0);
      for (const count of [2, 5, 16]) {
        const bounds = [found!.start, ...divideNumberText(text, found!, count).map(({ at }) => at), found!.end];
        const lengths = bounds.slice(1).map((bound, i) => bound - bounds[i]!);
        assert.ok(Math.max(...lengths) < text.length / count + 100, `[${shape}] in ${count} parts: ${lengths}`);
        assert.deepEqual(readInParts(text.toString(), count), readWhole(text));
      }
    }
  }
});

test('rows that parts divide must have equal lengths, too', () => {
  const row = (length: number) => `[${new Array(length).fill('1.5625').join(',')}]`;
  const matrix = (...rows: number[]) => `[${rows.map(row).join(',')}]`;
  const read = (array: string, count: number) => readInParts(`{"logits":${array}}`, count)?.shape;
  for (let count = 2; count < 12; count++) {
    assert.deepEqual(read(matrix(90, 90, 90), count), [3, 90]);
    assert.deepEqual(read(`[${matrix(90, 90)},${matrix(90, 90)},${matrix(90, 90)}]`, count), [3, 2, 90]);
    for (const rows of [
      [90, 89],
      [89, 90],
      [1, 179],
      [179, 1],
      [90, 90, 89],
      [90, 89, 91],
      [89, 90, 91],
      [60, 60, 61],
    ]) {
      assert.equal(read(matrix(...rows), count), undefined, `${rows} in ${count} parts`);
      const whole = matrix(90, 90);
      assert.equal(read(`[${whole},${matrix(...rows)}]`, count), undefined, `${rows} behind others`);
      assert.equal(read(`[${matrix(...rows)},${whole}]`, count), undefined, `${rows} before others`);
    }
    assert.equal(read(`[${matrix(60, 60, 60)},${matrix(60, 60)}]`, count), undefined);
    assert.equal(read(`[${matrix(60, 60)},${row(60)}]`, count), undefined);
    assert.equal(read(`[${row(60)},${matrix(60, 60)}]`, count), undefined);
  }
});

test('a text that nowhere can be divided is searched in no time', () => {
  const length = 2 ** 26;
  for (const rest of [']', ']] ', ' ', '1', ',']) {
    const text = Buffer.alloc(length, rest, 'latin1');
    text.write('[[1');
    const found = { start: 0, end: length, precision: 'float32', rank: 2 } as const;
    // Of several runs: other load on the machine does not count.
    let ms = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 20 && ms >= 5; run++) {
      const start = performance.now();
      divideNumberText(text, found, 32);
      ms = Math.min(ms, performance.now() - start);
    }
    assert.ok(ms < 5, `${rest}: ${ms} ms`);
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
  assert.ok(divided > 150, `${divided}`);
});
