import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumberReader } from '../../src/wire/number-text.ts';

const reader = new NumberReader();

/** undefined where the text as a whole is no number. */
function read(text: string, precision: 'float32' | 'float64'): number | undefined {
  const bytes = Buffer.from(text);
  return reader.read(bytes, 0, precision) === bytes.length ? reader.value : undefined;
}

function parse(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : undefined;
  } catch {
    return undefined;
  }
}

function check(text: string): void {
  const expected = parse(text);
  assert.deepEqual(read(text, 'float64'), expected, text);
  const float32 = read(text, 'float32');
  assert.deepEqual(
    float32 === undefined ? undefined : Math.fround(float32),
    expected === undefined ? undefined : Math.fround(expected),
    text,
  );
}

const digits = (max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: max }).map((list) => list.join(''));

test('every float64, as the language prints it, is read as the language reads it', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => check(JSON.stringify(value))),
    { numRuns: 20_000 },
  );
});

test('so is any decimal, however many digits it has', () => {
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), digits(25), fc.option(digits(25)), fc.option(fc.integer({ min: -80, max: 80 })))
    .map(
      ([sign, whole, fraction, power]) =>
        `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`,
    );
  fc.assert(fc.property(decimal, check), { numRuns: 30_000 });
});

test('halfway between two float32s, the language decides', () => {
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

test('what is no JSON number is none here', () => {
  for (const text of [
    '',
    '-',
    '+1',
    '.5',
    '1.',
    '01',
    '-01',
    '1e',
    '1e+',
    'e5',
    '0x1',
    'NaN',
    'Infinity',
    '1_0',
    '--1',
    '1e39',
    '1e999',
    '1e99999999999',
  ]) {
    assert.equal(read(text, 'float32'), undefined, text);
    assert.equal(parse(text), undefined, text);
  }
});
