import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJsonTensor } from '../../../src/codecs/json/json-tensor.ts';
import { scanTensors } from '../../../src/codecs/json/scan-tensors.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { ValidationIssues } from '../../../src/core/validation-issues.ts';

const FIELDS = { logits: 'float32', labels: 'float64' } as const;

function scan(text: string) {
  return scanTensors(Buffer.from(text), FIELDS, unpooled);
}

/** Compares the envelope and the tensors with JSON.parse and the reader of parsed arrays. */
function check(text: string): void {
  const scanned = scan(text);
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const isGiven = (name: string) => Object.hasOwn(parsed, name) && parsed[name] !== null;
  const tensorNames = Object.keys(FIELDS).filter(isGiven) as (keyof typeof FIELDS)[];
  const expected = tensorNames.map((name) =>
    readJsonTensor(
      parsed[name],
      name,
      { allocator: unpooled, issues: new ValidationIssues() },
      { precision: FIELDS[name], booleans: name === 'labels' },
    ),
  );
  if (expected.includes(undefined)) {
    assert.equal(scanned, undefined, text);
    return;
  }
  assert.ok(scanned, text);
  const blanked = Object.fromEntries(tensorNames.map((name) => [name, null]));
  assert.deepEqual(JSON.parse(Buffer.from(scanned.envelope).toString()), { ...parsed, ...blanked });
  tensorNames.forEach((name, i) => {
    assert.deepEqual(scanned.tensors.get(name)?.shape, expected[i]!.shape);
    assert.deepEqual(
      [...scanned.tensors.get(name)!.values].map(Math.fround),
      [...expected[i]!.values].map(Math.fround),
    );
  });
}

const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 });
const nested = (leaf: fc.Arbitrary<unknown>) =>
  sizes.chain((shape) =>
    shape.reduceRight<fc.Arbitrary<unknown>>(
      (inner, size) => fc.array(inner, { minLength: size, maxLength: size }),
      leaf,
    ),
  );
const space = fc.constantFrom(undefined, 1, '\t', '\n \r');

test('regular arrays are read as JSON.parse reads them, and the rest stays in the envelope', () => {
  const others = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  const number = fc.double({ min: -1e30, max: 1e30, noNaN: true });
  fc.assert(
    fc.property(nested(number), nested(fc.integer()), others, space, (logits, labels, rest, indent) => {
      for (const body of [
        { logits, labels, ...rest },
        { ...rest, labels },
      ])
        check(JSON.stringify(body, null, indent));
    }),
    { numRuns: 2000 },
  );
});

test('a body with an irregular array is left to JSON.parse as a whole', () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    nested(fc.oneof(fc.integer(), fc.constantFrom(null, '1', [], [1], {}, true, 1e39))),
  );
  fc.assert(
    fc.property(odd, (logits) => {
      // In an object literal `__proto__` would set the prototype; in text it is an ordinary member.
      check(`{"logits":${JSON.stringify(logits)}}`);
    }),
    { numRuns: 3000 },
  );
});

test('labels may be true and false, and other tensors may not', () => {
  fc.assert(
    fc.property(nested(fc.boolean()), space, (labels, indent) => {
      check(JSON.stringify({ logits: [1], labels, gamma: 2 }, null, indent));
      check(JSON.stringify({ logits: labels, labels: [1] }, null, indent));
    }),
    { numRuns: 1000 },
  );
  const odd = nested(fc.oneof(fc.boolean(), fc.constantFrom(null, 'true', [], [true], {})));
  fc.assert(
    fc.property(odd, (labels) => {
      if (!(labels as unknown[]).flat(9).some((label) => typeof label !== 'boolean')) return;
      assert.equal(scan(JSON.stringify({ labels })), undefined);
    }),
  );
  check(`{"labels":${'['.repeat(5)}true${']'.repeat(5)}}`);
  check(`{"labels":${'['.repeat(6)}true${']'.repeat(6)}}`);
});

test('null in place of an array stays in the envelope', () => {
  check('{"logits":null,"labels":[1]}');
  check('{"labels":[1], "logits" : null }');
  assert.equal(scan('{"labels":[1],"logits":nul')?.tensors.has('logits'), false);
});

test('many short numbers at the end of the text are read', () => {
  check(JSON.stringify({ logits: [1], labels: new Array(20_000).fill(7) }));
});

test('a body with a repeated name is left to JSON.parse, however often the name is repeated', () => {
  assert.equal(scan('{"logits": [1], "logits": [2]}'), undefined);
  assert.equal(scan(`{${new Array(200_000).fill('"labels":[1]').join()}}`), undefined);
});

test('text that is cut or changed never makes the scan hang, throw or read beyond the text', () => {
  const bodyWith = (labels: unknown) =>
    JSON.stringify({
      a: '],}"\\',
      logits: [
        [1.5, -2e-3],
        [0, 4],
      ],
      labels,
      z: { logits: [3] },
    });
  const booleans = [
    [true, false],
    [false, true],
  ];
  const goods = fc.constantFrom(bodyWith([1, 0]), bodyWith(booleans));
  fc.assert(
    fc.property(goods, fc.nat(120), fc.integer({ min: 1, max: 126 }), fc.boolean(), (good, at, byte, cut) => {
      const text = cut ? good.slice(0, at) : good.slice(0, at) + String.fromCharCode(byte) + good.slice(at + 1);
      const scanned = scan(text);
      let parsed: Record<string, unknown> | undefined;
      try {
        parsed = JSON.parse(text);
      } catch {
        // Where the text is broken, the scan gives up or leaves the broken part in the envelope.
        if (scanned) assert.throws(() => JSON.parse(Buffer.from(scanned.envelope).toString()));
      }
      if (scanned && parsed) check(text);
    }),
    { numRuns: 5000 },
  );
});
