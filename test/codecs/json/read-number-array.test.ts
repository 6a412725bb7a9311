import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readNumberArray } from '../../../src/codecs/json/read-number-array.ts';
import { ArenaAllocator, unpooled } from '../../../src/core/allocator.ts';

type Precision = 'float32' | 'float64';

function readArray(text: string, precision: Precision, maxRank = 5) {
  return readNumberArray(Buffer.from(text), 0, precision, maxRank, unpooled);
}

/** undefined if the whole text is no number. */
function read(text: string, precision: Precision): number | undefined {
  const array = readArray(`[${text}]`, precision);
  if (array === undefined) return undefined;
  assert.equal(array.end, text.length + 2);
  assert.deepEqual(array.shape, [1]);
  return array.values[0];
}

function parse(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The number that JSON.parse reads, if any, and the same rounded to float32. */
function check(text: string): void {
  const expected = parse(text);
  assert.deepEqual(read(text, 'float64'), expected, text);
  assert.deepEqual(read(text, 'float32'), expected === undefined ? undefined : Math.fround(expected), text);
}

const digits = (max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: max }).map((list) => list.join(''));

test('every float64 that JavaScript prints is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => check(JSON.stringify(value))),
    { numRuns: 20_000 },
  );
});

test('any decimal is read as JSON.parse reads it, however many digits it has', () => {
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), digits(25), fc.option(digits(25)), fc.option(fc.integer({ min: -330, max: 60 })))
    .map(
      ([sign, whole, fraction, power]) =>
        `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`,
    );
  fc.assert(fc.property(decimal, check), { numRuns: 50_000 });
});

test('any decimal of few digits is read as JSON.parse reads it, with the point anywhere', () => {
  for (let length = 1; length <= 17; length++) {
    const text = '12345678912345678'.slice(0, length);
    for (let point = 0; point <= length; point++) {
      const decimal = `${text.slice(0, point)}.${text.slice(point)}`;
      for (const variant of [decimal, `-${decimal}`, `0${decimal}`, `${decimal}0`, `${decimal}e1`, `${decimal}E-3`]) {
        check(variant);
      }
    }
    check(text);
    check(`-${text}`);
    check(`0.${text.replaceAll(/./g, '0')}`);
    check(`0.${text.replaceAll(/./g, '0')}${text}`);
  }
});

/** A float64 as its decimal digits, all of them, times a power of ten. */
function exactDigits(numerator: bigint, power: number): string {
  return power >= 0 ? String(numerator << BigInt(power)) : `${numerator * 5n ** BigInt(-power)}e${power}`;
}

test('a decimal halfway between two float64s, or next to that, is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
      fc.integer({ min: -300, max: 70 }),
      fc.constantFrom(-1n, 0n, 1n),
      (mantissa, power, off) => {
        const [all, exponent] = exactDigits(2n * mantissa + 1n, power).split('e');
        check(`${BigInt(all!) + off}${exponent === undefined ? '' : `e${exponent}`}`);
        check(`${all!.slice(0, 19)}e${Number(exponent ?? 0) + Math.max(0, all!.length - 19)}`);
      },
    ),
    { numRuns: 10_000 },
  );
});

test('a decimal halfway between two float32s is rounded to float64 first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0x00000001, max: 0x7f7ffffe }),
      fc.constantFrom('', '0000000001', '9999999999'),
      (word, tail) => {
        const [low, high] = new Float32Array(new Uint32Array([word, word + 1]).buffer);
        const middle = ((low! + high!) / 2).toPrecision(17);
        const [mantissa, power] = middle.split('e');
        check(`${mantissa}${tail}${power === undefined ? '' : `e${power}`}`);
      },
    ),
    { numRuns: 20_000 },
  );
});

test('decimals of 16 to 19 digits around the middle between two float32s are rounded to float64 first', () => {
  const float32 = fc.tuple(fc.integer({ min: 2 ** 23, max: 2 ** 24 - 2 }), fc.integer({ min: -60, max: 30 }));
  fc.assert(
    fc.property(float32, fc.integer({ min: 16, max: 19 }), fc.integer({ min: -3, max: 3 }), ([c, q], count, step) => {
      const middle = (2 * c + 1) * 2 ** (q - 24);
      const [digits, power] = middle
        .toExponential(count - 1)
        .replace('.', '')
        .split('e');
      const near = String(BigInt(digits!) + BigInt(step));
      check(`${near[0]}.${near.slice(1)}e${power}`);
      check(middle.toPrecision(count));
    }),
    { numRuns: 20_000 },
  );
});

test('known hard cases are read correctly', () => {
  const cases = [
    '-0 0.0 -0.0 0e5 -0e-5 0e400 0.000e-400 0.1 0.30000000000000004 1e22 1e23 8.5e22 8.5e23 1e-22 1e-23',
    '9007199254740991 9007199254740992 9007199254740993 9007199254740994 9007199254740995 9007199254740993.0000001',
    '18446744073709551615 18446744073709551616 9999999999999999999 99999999999999999999 123456789012345678901234567890',
    '4.9e-324 2.4703282292062327e-324 2.4703282292062328e-324 2.2250738585072011e-308 2.2250738585072014e-308 1e-400',
    '2.2250738585072012e-308 1.7976931348623157e308 6.631236846766476e-316 3.2378839133029012895883524125015321748630e-319',
    '3.4028234663852886e38 3.4028235677973366e38 3.4028235677973365e38 3.4028236e38 1e38 1e39 1e-45 7.006492321624085e-46',
    '7.006492321624086e-46 1.4012984643248170709e-45 1.1754943508222875e-38 1.17549428e-38 16777217 16777219 33554433',
    // Paxson, "A program for testing IEEE decimal-binary conversion", 1991.
    '5e-20 67e14 985e15 7693e-42 55895e-16 996622e-44 7038531e-32 60419369e-46 702990899e-20 6930161142e-48',
    '25933168707e-13 596428896559e20 3e-23 57e18 789e-35 2539e-18 76173e28 887745e-11 5382571e-37 82381273e-35',
    '750486563e-38 3752432815e-39 75224575729e-45 459926601011e15 5e125 9e-265 69e267 85e-37 623e100 3571e263',
    '81661e153 920657e-23 4603285e-24 87575437e-309 245540327e122 6138508175e120 83356057653e193 619534293513e124',
  ];
  for (const text of cases.join(' ').split(' ')) {
    check(text);
    check(`-${text}`);
    if (text.includes('e')) check(text.replace('e', 'E').replace('E-', 'E-00'));
  }
  check(`0.${'0'.repeat(400)}1`);
  check(`1${'0'.repeat(38)}`);
  check(`1${'0'.repeat(39)}`);
  check(`1${'0'.repeat(500)}e-490`);
  check(`0.${'0'.repeat(500)}1e501`);
  check(`1.${'1'.repeat(2000)}`);
});

test('text that is no JSON number is rejected', () => {
  const odd =
    '- + +1 .5 -.5 1. -1. 01 -01 00 1e 1e+ 1.e5 e5 0x1 NaN Infinity -Infinity null true 1_0 --1 1-1 1/2 1.2.3';
  for (const text of `${odd} 1..2 -1.-2 1e5.5 1e39 1e999 1e99999999999 1e4294967296 "1" {} 1a ½ 12345678901234567. 1:`.split(
    ' ',
  )) {
    check(text);
    assert.equal(read(text, 'float32'), undefined, text);
  }
  check('');
});

test('changed text is accepted if JSON.parse accepts it, and read as JSON.parse reads it', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toFixed(6)),
    fc.integer().map(String),
  );
  const character = fc.constantFrom(...'0123456789.-+eE ,[]/:\t\n\r\0"x');
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), fc.nat(), fc.nat(2), character, (numbers, place, cut, insert) => {
      const good = `[${numbers.join(', ')}]`;
      const at = place % good.length;
      const text = good.slice(0, at) + insert + good.slice(at + cut);
      const array = readArray(text, 'float64', 1);
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        // Only the text behind the array may be wrong.
        if (array) assert.throws(() => JSON.parse(text.slice(array.end) || '!'));
        if (array) assert.deepEqual([...array.values], JSON.parse(text.slice(0, array.end)));
        return;
      }
      const ok =
        Array.isArray(parsed) &&
        parsed.length > 0 &&
        parsed.every((value) => typeof value === 'number' && Number.isFinite(Math.fround(value)));
      assert.deepEqual(array && [...array.values], ok ? parsed : undefined, text);
    }),
    { numRuns: 30_000 },
  );
});

test('the result does not depend on where blocks end or the text starts', () => {
  const numbers = [0, -1.5, 1 / 3, 1e-7, 123456, -1e30, 12345678901234568, 0.000001];
  const row = JSON.stringify(numbers);
  const text = `[${row},${row.replaceAll(',', ' ,\n')}, ${row}]`;
  for (let spaces = 16_384 - text.length - 2; spaces <= 16_384; spaces++) {
    const before = spaces % 9;
    const bytes = Buffer.from(new SharedArrayBuffer(before + spaces + 20_000 + text.length));
    bytes.fill('7'); // These digits lie outside the text and must not be read.
    bytes.write(`${' '.repeat(spaces)}${text}${' '.repeat(9000)}]`, before);
    const array = readNumberArray(bytes, before, 'float64', 2, unpooled);
    assert.deepEqual(array?.shape, [3, numbers.length]);
    assert.deepEqual([...array!.values], [...numbers, ...numbers, ...numbers]);
    assert.equal(array!.end, before + spaces + text.length);
  }
});

test('a text of many blocks is read as a whole, in both precisions and with few bytes per number', () => {
  for (const [length, write] of [
    [100_000, (i: number) => String(Math.sin(i))],
    [70_000, (i: number) => String(i % 10)],
    [30_000, (i: number) => `[${Math.sin(i).toExponential(3)}]`],
  ] as const) {
    const text = `[${Array.from({ length }, (_, i) => write(i)).join(',')}]`;
    const parsed = (JSON.parse(text) as (number | number[])[]).flat();
    assert.deepEqual(readArray(text, 'float64')!.values, Float64Array.from(parsed));
    assert.deepEqual(readArray(text, 'float32')!.values, Float32Array.from(parsed));
  }
});

test('arrays that are incomplete, ragged, empty or too deep are rejected', () => {
  for (const text of [
    '[',
    '[1',
    '[1,',
    '[[1,2],[3',
    '[]',
    '[[]]',
    '[[1],[]]',
    '[[1],[2,3]]',
    '[[1,2],[3]]',
    '[1,[2]]',
  ]) {
    assert.equal(readArray(text, 'float32'), undefined, text);
    assert.equal(readArray(' '.repeat(16_384 - 3) + text, 'float32'), undefined, text);
  }
  for (const text of ['[[1],2]', '[[[1]],[2]]', '[[1]2]', '1', '', '[,1]', '[1,]', '[[1],]', '[[1] [2]]']) {
    assert.equal(readArray(text, 'float32'), undefined, text);
  }
  assert.equal(readArray('[[1]]', 'float32', 1), undefined);
  assert.deepEqual(readArray('[[[[[1]]]]]', 'float32')?.shape, [1, 1, 1, 1, 1]);
  assert.equal(readArray('[[[[[[1]]]]]]', 'float32'), undefined);
  assert.equal(readArray(`[${'1'.repeat(20_000)}e-19999]`, 'float32'), undefined);
});

test('numbers are read into an arena where they fit, else into memory that is counted for them', () => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => i % 1000);
  const text = Buffer.from(JSON.stringify([numbers, numbers]));
  for (const precision of ['float32', 'float64'] as const) {
    const needed = 40_000 * (precision === 'float32' ? 4 : 8);
    for (const arenaBytes of [0, 8, 50_000, needed - 8, needed, needed + 8]) {
      const arena = new Uint8Array(new SharedArrayBuffer(8 + arenaBytes));
      const allocator = new ArenaAllocator(arena, unpooled);
      allocator.bytes(8); // Whatever was allocated before.
      const { values } = readNumberArray(text, 0, precision, 2, allocator)!;
      assert.deepEqual([...values], [...numbers, ...numbers]);
      assert.equal(values.buffer === arena.buffer, arenaBytes >= needed);
      assert.equal(values.buffer.byteLength, arenaBytes >= needed ? 8 + arenaBytes : needed);
      const next = allocator.bytes(8);
      next.fill(255);
      assert.equal(values.at(-1), 999);
    }
  }
});
